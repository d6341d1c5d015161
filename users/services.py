import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import TypedDict

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.utils import timezone

from atlas.errors import InvalidInput
from atlas.mongodb.prepared import PreparedFindOneAndUpdate
from atlas.mongodb.slots import Parameter
from atlas.phone_numbers import to_e164
from users.errors import EmailTaken, UserNotFound
from users.models import ApiKey, AuditEntry, Scope, Staff, User

KEY_LABEL = "atlas"
# As few as the desk's search takes for a part of a number.
DIGITS = re.compile("[0-9]{4,}")
FORGOTTEN = "a forgotten person"


class UserChanges(TypedDict, total=False):
    name: str
    email: str
    phone_number: str


def create_user(*, name: str, email: str, phone_number: str) -> User:
    """Raises InvalidInput for an impossible number and EmailTaken."""
    now = timezone.now()
    changes = _normalised(UserChanges(name=name, email=email, phone_number=phone_number))
    try:
        return User.objects.create(**changes, created_at=now, updated_at=now)
    except IntegrityError as error:
        raise EmailTaken from error


def update_user(*, user_id: str, changes: UserChanges) -> User:
    """Raises UserNotFound, EmailTaken, and InvalidInput for an impossible number."""
    users = User.objects.filter(pk=user_id)
    if changes:
        try:
            users.update(**_normalised(changes), updated_at=timezone.now())
        except IntegrityError as error:
            raise EmailTaken from error
    return user_with_id(user_id=user_id)


def delete_user(*, user_id: str) -> None:
    """The calls that were made to them stay. Raises UserNotFound."""
    deleted, _ = User.objects.filter(pk=user_id).delete()
    if not deleted:
        raise UserNotFound


def user_with_id(*, user_id: str) -> User:
    """Raises UserNotFound."""
    try:
        return User.objects.get(pk=user_id)
    except User.DoesNotExist as error:
        raise UserNotFound from error


def _normalised(changes: UserChanges) -> UserChanges:
    changes = changes.copy()
    if "email" in changes:
        changes["email"] = changes["email"].lower()
    if "phone_number" in changes:
        changes["phone_number"] = to_e164(changes["phone_number"], field="phone_number")
    return changes


def create_api_key(
    *,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    calls_per_minute: int | None = None,
    calls_per_day: int | None = None,
) -> tuple[ApiKey, str]:
    """The key's record, and the key itself, which nobody can ever read again."""
    scopes = sorted(set(scopes))
    if unknown := set(scopes) - set(Scope.values):
        raise InvalidInput(
            f"Unknown scopes: {', '.join(sorted(unknown))}. There are: {', '.join(Scope.values)}."
        )
    if not scopes:
        raise InvalidInput("A key without a scope opens nothing: name at least one.")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        hashed_secret=_hashed(secret),
        scopes=scopes,
        expires_at=expires_at,
        calls_per_minute=calls_per_minute,
        calls_per_day=calls_per_day,
    )
    return key, f"{KEY_LABEL}_{prefix}_{secret}"


def revoke_api_key(*, api_key: ApiKey) -> None:
    ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=timezone.now())


def authenticate_api_key(*, plain_text: str) -> ApiKey | None:
    """
    The key, if it is genuine, not expired and not revoked, with this request counted; one database command.
    Whoever guesses at the secret counts nothing, and so cannot use up the limit of the key's owner.
    """
    label, _, rest = plain_text.partition("_")
    prefix, _, secret = rest.partition("_")
    end = settings.THROTTLE_API.window_end()
    key = _count_request()(prefix=prefix, hashed_secret=_hashed(secret), end=end)
    # Compared in any case, and in constant time, so that the time taken tells nothing.
    is_genuine = hmac.compare_digest(_hashed(secret), key.hashed_secret if key else _hashed(""))
    return key if key and label == KEY_LABEL and is_genuine and key.is_valid else None


@cache
def _count_request() -> PreparedFindOneAndUpdate[ApiKey]:
    end = Parameter("end", DateTimeField())
    same_window = When(requests_until=end, then=F("requests") + 1)
    return ApiKey.objects.filter(prefix=Parameter("prefix")).prepared_find_one_and_update(
        after=True,
        only_if=Q(hashed_secret=Parameter("hashed_secret")),
        requests=Case(same_window, default=Value(1)),
        requests_until=end,
    )


def _hashed(secret: str) -> str:
    # A slow hash protects what people think up; 256 random bits cannot be guessed at any speed.
    return hashlib.sha256(secret.encode()).hexdigest()


def audit_entries_about(*, words: Collection[str], numbers: Collection[str]) -> list[AuditEntry]:
    """Those whose detail has one of the words, or the last digits of a number: people search by those."""
    exports = AuditEntry.objects.filter(action=AuditEntry.Action.EXPORTED).order_by()
    told = [_plain(word) for word in words]
    return [
        entry
        for entry in exports.iterator()
        if any(word in _plain(entry.detail) for word in told)
        or any(number.endswith(digits) for digits in DIGITS.findall(entry.detail) for number in numbers)
    ]


def _plain(text: str) -> str:
    """As it is and as it stands in a query string."""
    return text.lower().replace("+", " ")


def forget_in_audit(*, entries: Iterable[AuditEntry]) -> None:
    """Who did what and when stays."""
    keys = [entry.pk for entry in entries]
    AuditEntry.objects.filter(pk__in=keys).update(detail=FORGOTTEN)


def record_audit(
    *,
    staff: Staff,
    action: AuditEntry.Action,
    subject: str,
    call_sid: str | None = None,
    detail: str = "",
    once_key: str | None = None,
) -> None:
    """With a `once_key` that was used already, nothing is written."""
    try:
        AuditEntry.objects.create(
            username=staff.get_username(),
            action=action,
            subject=subject,
            call_sid=call_sid,
            detail=detail,
            once_key=once_key,
        )
    except IntegrityError:
        if once_key is None:
            raise
