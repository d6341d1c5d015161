from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from atlas.api.permissions import Credential
from atlas.logins import seconds_until_login

if TYPE_CHECKING:  # DRF's views import this module, which the settings name
    from rest_framework.views import APIView


class SharedThrottle(BaseThrottle):
    """What it counts is in the database; without it the request fails, as it would anyway."""

    seconds = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.seconds = self.count(request)
        return self.seconds == 0

    def wait(self) -> float:
        return self.seconds

    def count(self, request: Request) -> int:
        raise NotImplementedError


class CredentialThrottle(SharedThrottle):
    def count(self, request: Request) -> int:
        credential = cast("Credential | None", request.auth)
        return credential.seconds_to_wait(settings.THROTTLE_API) if credential else 0


class LoginThrottle(SharedThrottle):
    """For attempts to get a token; what is no attempt at all, the view refuses."""

    account = "username"

    def count(self, request: Request) -> int:
        body = cast("dict[str, Any]", request.data)
        return seconds_until_login(request._request, str(body.get(self.account, "")))


class RefreshThrottle(LoginThrottle):
    account = "refresh"
