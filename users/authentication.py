from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from atlas.limits import seconds_to_wait
from atlas.rates import Rate
from users.models import ApiKey, Staff
from users.roles import scopes_of
from users.services import authenticate_api_key
from users.tokens import staff_with_token

SCHEME = "Api-Key"
BEARER = "Bearer"


def credentials(request: Request, scheme: str) -> str | None:
    """What follows `scheme` in the Authorization header; None if it names another."""
    named, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if named.lower() == scheme.lower() else None


class ApiKeyAuthentication(BaseAuthentication):
    """Authorization: Api-Key atlas_...; a machine is no user, so `request.auth` alone says who it is."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        plain_text = credentials(request, SCHEME)
        if plain_text is None:
            return None
        key = authenticate_api_key(plain_text=plain_text)
        if key is None:
            # The same words for all of it: which keys exist is nobody's business.
            raise AuthenticationFailed("The API key is unknown, expired or revoked.")
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


@dataclass(frozen=True)
class StaffCredential:
    caller: str
    scopes: list[str]
    calls_per_minute: int | None = None
    calls_per_day: int | None = None

    def seconds_to_wait(self, rate: Rate) -> int:
        return seconds_to_wait(f"api:{self.caller}", rate)


class StaffTokenAuthentication(BaseAuthentication):
    """Authorization: Bearer ..., an access token; what the person may do is looked up for each request."""

    def authenticate(self, request: Request) -> tuple[Staff, StaffCredential] | None:
        access = credentials(request, BEARER)
        if access is None:
            return None
        staff = staff_with_token(access=access)
        if staff is None:
            raise AuthenticationFailed(
                "The token is not valid, has expired, or has ended with its account or password."
            )
        return staff, StaffCredential(caller=f"staff:{staff.pk}", scopes=scopes_of(staff))

    def authenticate_header(self, request: Request) -> str:
        return BEARER


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"`{SCHEME} atlas_...`, from `python manage.py create_api_key NAME --scopes all`.",
        }


class StaffTokenScheme(OpenApiAuthenticationExtension):
    target_class = StaffTokenAuthentication
    name = "StaffToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of a member of the staff, from `POST /auth/token`.",
        }
