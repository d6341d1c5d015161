"""Short-lived tokens for people. They end with their time, with the account, and with its password."""

import hmac
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth import authenticate
from django.http import HttpRequest
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from users.models import Staff

# A fragment of a keyed hash of the password's hash: it changes with the password and tells nothing of it.
PASSWORD_CLAIM = "pwd"  # noqa: S105
FRAGMENT = 16
STAFF_CLAIM = "user_id"

AnyToken = TypeVar("AnyToken", bound=Token)


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str
    expires_in: int  # seconds, of the access token


def sign_in(*, request: HttpRequest, username: str, password: str) -> Tokens | None:
    """None for a wrong name, a wrong password, and an account that is inactive or not of the staff, alike."""
    staff = authenticate(request, username=username, password=password)
    if not isinstance(staff, Staff) or not staff.is_staff:
        return None
    return _tokens(staff, str(_issued(RefreshToken, staff)))


def renew(*, refresh: str) -> Tokens | None:
    """A new access token; the refresh token stays, so that it ends when it was said to end."""
    staff = _staff_of(RefreshToken, refresh)
    return _tokens(staff, refresh) if staff else None


def staff_with_token(*, access: str) -> Staff | None:
    """Whose token it is, while it is good; one database command."""
    return _staff_of(AccessToken, access)


def _tokens(staff: Staff, refresh: str) -> Tokens:
    access = _issued(AccessToken, staff)
    return Tokens(str(access), refresh, int(access.lifetime.total_seconds()))


def _issued(kind: type[AnyToken], staff: Staff) -> AnyToken:
    token = kind.for_user(staff)
    token[PASSWORD_CLAIM] = _fragment(staff)
    return token


def _staff_of(kind: type[Token], text: str) -> Staff | None:
    try:
        token = kind(text)  # type: ignore[arg-type]  # it takes the text, whatever its annotation says
        staff = Staff.objects.get(pk=str(token.get(STAFF_CLAIM)))
    except (TokenError, Staff.DoesNotExist):
        return None
    is_current = hmac.compare_digest(str(token.get(PASSWORD_CLAIM)), _fragment(staff))
    return staff if is_current and staff.is_active and staff.is_staff else None


def _fragment(staff: Staff) -> str:
    return staff.get_session_auth_hash()[:FRAGMENT]
