import re
from functools import cache

from django.db.models import Q, QuerySet

from atlas.mongodb.listing import Listing, Rows
from users.models import User

PHONE_LIKE = re.compile(r"[+0-9 ().\-/]+")


def users_found(text: str) -> Rows[User]:
    """Newest first."""
    return (Listing(users_matching(text)) if text else _everybody()).with_values()


@cache
def _everybody() -> Listing[User]:
    return Listing(User.objects.all())


def users_matching(text: str, *, among: QuerySet[User] | None = None) -> QuerySet[User]:
    """Users whose name, e-mail or number contains `text`; a number may be typed as people write numbers."""
    users = User.objects.all() if among is None else among
    if not text:
        return users
    found = Q(name__icontains=text) | Q(email__icontains=text)
    digits = re.sub(r"\D", "", text) if PHONE_LIKE.fullmatch(text) else ""
    return users.filter(found | Q(phone_number__contains=digits)) if digits else users.filter(found)
