from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # DRF's views import this module, which the settings name
    from django.contrib.auth.models import PermissionsMixin
    from rest_framework.views import APIView

from atlas.rates import Rate


class Credential(Protocol):
    """What an authentication class puts into `request.auth`; `caller` names it for counters and logs.

    A limit that is None is that of the settings.
    """

    @property
    def caller(self) -> str: ...

    @property
    def scopes(self) -> list[str]: ...

    @property
    def calls_per_minute(self) -> int | None: ...

    @property
    def calls_per_day(self) -> int | None: ...

    def seconds_to_wait(self, rate: Rate) -> int:
        """0 while its requests, this one counted, are within `rate`."""
        ...


class HasScope(BasePermission):
    """Closed by default: a view says which scope each of its methods needs.

    required_scopes = {"GET": "calls:read", "POST": "calls:write"}

    HEAD needs what GET needs. A method without a scope is refused. For something that not every person with
    the scope may do, `staff_permission` names a permission such as "calls.listen_recording".
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in view.allowed_methods:
            raise MethodNotAllowed(method)
        credential = cast("Credential | None", request.auth)
        if credential is None:
            return False
        if method == "OPTIONS":
            return True
        needed: str | None = getattr(view, "required_scopes", {}).get(method)
        self.message = f"This needs a credential with the scope {needed}."
        return needed is not None and needed in credential.scopes and self._is_allowed_to_staff(request, view)

    def _is_allowed_to_staff(self, request: Request, view: APIView) -> bool:
        permission: str | None = getattr(view, "staff_permission", None)
        if permission is None or not request.user.is_authenticated:
            return True
        self.message = f"This needs the permission {permission}."
        return cast("PermissionsMixin", request.user).has_perm(permission)


class Public:
    """For a view that is for everybody: no credential is asked for, and none is looked at."""

    authentication_classes: Sequence[type[BaseAuthentication]] = []
    permission_classes: Sequence[Any] = [AllowAny]
    throttle_classes: Sequence[Any] = []
