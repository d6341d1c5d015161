"""Who may do what, for every route, method and credential; a new route without a row fails."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call
from calls.tests.factories import make_call, make_recording
from users.models import Scope
from users.roles import Role
from users.services import create_api_key, revoke_api_key
from users.tests.factories import PASSWORD, make_staff, make_user

# The scope that each method needs.
SCOPES = {
    "users": {"GET": "users:read", "POST": "users:write"},
    "users/<user>": {"GET": "users:read", "PATCH": "users:write", "DELETE": "users:write"},
    "users/<user>/calls": {"GET": "calls:read"},
    "calls": {"GET": "calls:read"},
    "calls/outbound": {"POST": "calls:write"},
    "calls/<call>": {"GET": "calls:read"},
    "calls/<call>/hangup": {"POST": "calls:write"},
    "calls/<call>/sync": {"POST": "calls:write"},
    "calls/<call>/recordings": {"GET": "calls:read"},
    "calls/<call>/feedback": {"GET": "feedback:read", "PATCH": "feedback:write"},
    "recordings/<recording>/audio": {"GET": "calls:read"},
    "feedback/summary": {"GET": "feedback:read"},
}
PUBLIC = {
    "": "GET",
    "health": "GET",
    "openapi.json": "GET",
    "docs": "GET",
    "redoc": "GET",
    "auth/token": "POST",
    "auth/token/refresh": "POST",
}
SIGNED = ["twilio/voice", "twilio/voice/ended", "twilio/status", "twilio/recording"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
READ_AND_RATE = {"calls:read", "users:read", "feedback:read", "feedback:write"}
ROLES = {
    Role.SUPPORT: READ_AND_RATE,
    Role.SUPERVISOR: set(Scope.values),
    Role.ADMINISTRATOR: set(Scope.values),
}
ROWS = [(route, method, scope) for route, row in SCOPES.items() for method, scope in row.items()]

Ids = dict[str, str]
UNKNOWN = {"user": "65b8f0c2a7e4d1b3c5f60718", "call": f"CA{'f' * 32}", "recording": f"RE{'f' * 32}"}


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield path
        elif not path.startswith("admin"):
            yield from routes(each, path)


def normalised(path: str) -> str:
    """`^users/(?P<user_id>[0-9a-f]{24})$` and `users/<object_id:user_id>` as `users/<user>`."""
    path = re.sub(
        r"\(\?P<(\w+)>[^)]*\)", r"<\1>", path.removeprefix("^").removesuffix("$").removesuffix(r"\Z")
    )
    return re.sub(r"<(?:\w+:)?(user|call|recording)_\w+>", r"<\1>", path)


def test_the_table_has_every_route() -> None:
    found = {normalised(path) for path in routes(get_resolver()) if not path.startswith("admin")}

    assert found == {*SCOPES, *PUBLIC, *SIGNED}


def url(route: str, ids: Ids) -> str:
    return "/" + re.sub(r"<(\w+)>", lambda match: ids[match[1]], route)


@pytest.fixture
def known(simulator: SimulatorProcess, db: None) -> Ids:
    call = make_call()
    recording = make_recording(call)
    return {"user": str(make_user().pk), "call": str(call.twilio_sid), "recording": recording.twilio_sid}


def with_header(header: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=header)
    return client


def with_key(*scopes: str, days: int = 1, revoked: bool = False) -> APIClient:
    expires_at = timezone.now() + timedelta(days=days)
    key, plain_text = create_api_key(name="test", scopes=scopes or Scope.values, expires_at=expires_at)
    if revoked:
        revoke_api_key(api_key=key)
    return with_header(f"Api-Key {plain_text}")


def with_role(role: Role | None, *, is_superuser: bool = False) -> APIClient:
    username = role or "nobody"
    make_staff(role, username=username, is_superuser=is_superuser)
    answer = APIClient().post("/auth/token", {"username": username, "password": PASSWORD})
    return with_header(f"Bearer {answer.json()['access']}")


def in_the_admin() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(make_staff(is_superuser=True))
    return client


NOBODY: dict[str, Callable[[], APIClient]] = {
    "anonymous": lambda: APIClient(raise_request_exception=False),
    "another scheme": lambda: with_header("Basic YWRhOnNlY3JldA=="),
    "wrong key": lambda: with_header(f"Api-Key atlas_0123456789ab_{'x' * 43}"),
    "expired key": lambda: with_key(days=-1),
    "revoked key": lambda: with_key(revoked=True),
    "wrong token": lambda: with_header("Bearer e30.e30.e30"),
    "a session of the admin": in_the_admin,
}


def told(answer: Any) -> tuple[Any, ...]:
    """All that an answer gives away, but for what differs between any two answers."""
    body = {name: text for name, text in answer.json().items() if name not in ("timestamp", "request_id")}
    return answer.status_code, body, answer.get("WWW-Authenticate"), answer.get("Allow")


def refusals(client: APIClient, route: str, method: str, known: Ids) -> list[tuple[Any, ...]]:
    return [told(client.generic(method, url(route, ids))) for ids in (known, UNKNOWN)]


@pytest.mark.parametrize("who", NOBODY)
def test_without_a_good_credential_nothing_opens_and_nothing_is_told(who: str, known: Ids) -> None:
    client = NOBODY[who]()

    for route, method, _ in ROWS:
        of_known, of_unknown = refusals(client, route, method, known)
        assert of_known[0] == 401, (route, method)
        assert of_known == of_unknown, (route, method)


@pytest.mark.parametrize("scope", Scope.values)
def test_a_key_opens_what_its_scope_opens_and_tells_nothing_of_the_rest(scope: str, known: Ids) -> None:
    assert_opens(with_key(scope), {scope}, known)


@pytest.mark.parametrize("role", ROLES)
def test_a_token_opens_what_its_role_opens(role: Role, known: Ids) -> None:
    assert_opens(with_role(role), ROLES[role], known)


def test_the_token_of_a_superuser_opens_everything(known: Ids) -> None:
    assert_opens(with_role(None, is_superuser=True), set(Scope.values), known)


def test_the_token_of_somebody_without_a_group_opens_nothing(known: Ids) -> None:
    assert_opens(with_role(None), set(), known)


def assert_opens(client: APIClient, scopes: set[str], known: Ids) -> None:
    before = list(Call.objects.values())
    for route, method, scope in ROWS:
        if scope in scopes:
            assert client.generic(method, url(route, UNKNOWN)).status_code in OPEN[method], (route, method)
        else:
            of_known, of_unknown = refusals(client, route, method, known)
            assert of_known[0] == 403, (route, method)
            assert of_known == of_unknown, (route, method)
    assert list(Call.objects.values()) == before


# Of something that is not there, and without a body.
OPEN = {"GET": (200, 404), "POST": (400, 404), "PATCH": (400, 404), "DELETE": (404,)}


@pytest.mark.parametrize("who", [None, "everything"])
def test_other_methods_are_named_as_such_to_everybody(who: str | None, known: Ids) -> None:
    client = with_key() if who else NOBODY["anonymous"]()

    for route, row in SCOPES.items():
        for method in set(METHODS) - set(row):
            of_known, of_unknown = refusals(client, route, method, known)
            assert of_known[0] == 405, (route, method)
            assert of_known == of_unknown, (route, method)


@pytest.mark.parametrize(
    "who", ["anonymous", "wrong key", "expired key", "wrong token", "a session of the admin"]
)
def test_public_routes_ask_for_no_credential_and_look_at_none(who: str, known: Ids) -> None:
    client = NOBODY[who]()

    for route, method in PUBLIC.items():
        assert client.generic(method, f"/{route}").status_code in (200, 400), route


@pytest.mark.parametrize("route", SIGNED)
def test_no_credential_replaces_twilios_signature(route: str, known: Ids) -> None:
    for client in (with_key(), with_role(Role.ADMINISTRATOR), in_the_admin()):
        assert client.generic("POST", f"/{route}").status_code == 403
        assert client.generic("GET", f"/{route}").status_code == 405


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/calls/call/", "/admin/users/staff/add/", "/admin/nowhere/"]
)
def test_the_admin_knows_sessions_only(path: str, known: Ids) -> None:
    for client in (with_key(), with_role(Role.ADMINISTRATOR), Client()):
        answer: Any = client.get(path)
        assert answer.status_code in (302, 404)
        assert answer.status_code == 404 or answer["Location"].startswith("/admin/login/")
