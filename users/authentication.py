from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from users.models import ApiKey
from users.services import authenticate_api_key

SCHEME = "Api-Key"


class ApiKeyAuthentication(BaseAuthentication):
    """Authorization: Api-Key atlas_...; a machine is no user, so `request.auth` alone says who it is."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        scheme, _, plain_text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        key = authenticate_api_key(plain_text=plain_text.strip())
        if key is None:
            # The same words for all of it: which keys exist is nobody's business.
            raise AuthenticationFailed("The API key is unknown, expired or revoked.")
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


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
