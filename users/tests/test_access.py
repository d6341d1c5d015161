from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from atlas.api.permissions import HasScope
from users.models import Scope

# Pages with a login of their own, and webhooks, which are signed.
ELSEWHERE = ("admin", "twilio/")
PUBLIC = {"", "health", "openapi.json", "docs", "redoc", "auth/token", "auth/token/refresh"}
METHODS = {"get", "post", "put", "patch", "delete"}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern).lstrip("^")
        if isinstance(each, URLResolver):
            yield from patterns(each, path)
        else:
            yield path, each


API = [(path, each) for path, each in patterns(get_resolver()) if not path.startswith(ELSEWHERE)]


@pytest.mark.parametrize(("path", "pattern"), API, ids=[path for path, _ in API])
def test_every_route_is_public_on_purpose_or_names_its_scopes(path: str, pattern: URLPattern) -> None:
    view: Any = pattern.callback.cls  # type: ignore[attr-defined]
    offered = METHODS & set(getattr(pattern.callback, "actions", None) or vars(view))
    if path in PUBLIC:
        assert view.permission_classes == [AllowAny]
        return
    assert view.permission_classes == [HasScope]
    assert view.authentication_classes
    for method in offered:
        assert view.required_scopes[method.upper()] in Scope.values


def test_every_public_path_is_one_that_is_there() -> None:
    assert {path for path, _ in API} >= PUBLIC


class Credential:
    scopes = ["calls:read"]


class OpenView(APIView):
    """Somebody forgot to say who may do this."""

    def get(self, request: Request) -> None: ...

    def post(self, request: Request) -> None: ...


class ReadView(OpenView):
    required_scopes = {"GET": "calls:read", "POST": "calls:write"}


@pytest.mark.parametrize(
    ("view", "method", "auth", "is_allowed"),
    [
        (ReadView, "GET", Credential(), True),
        (ReadView, "HEAD", Credential(), True),
        (ReadView, "POST", Credential(), False),
        (ReadView, "GET", None, False),
        (ReadView, "OPTIONS", Credential(), True),
        (ReadView, "OPTIONS", None, False),
        (OpenView, "GET", Credential(), False),
    ],
)
def test_a_method_without_a_scope_is_closed(
    view: type[APIView], method: str, auth: Credential | None, is_allowed: bool
) -> None:
    request = Request(APIRequestFactory().generic(method, "/"))
    request.auth = auth

    assert HasScope().has_permission(request, view()) is is_allowed


def test_options_names_the_methods_and_nothing_else(api: APIClient) -> None:
    assert api.options("/users").json() == {"methods": ["GET", "POST", "HEAD", "OPTIONS"]}
