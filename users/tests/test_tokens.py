from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from atlas.mongodb.testing import plan_of, recorded_commands
from users.models import Staff
from users.roles import Role
from users.tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db


def sign_in(client: APIClient, username: str = "ada", password: str = PASSWORD) -> Any:
    return client.post("/auth/token", {"username": username, "password": password})


def opened_with(client: APIClient, access: str, path: str = "/users") -> int:
    return int(client.get(path, HTTP_AUTHORIZATION=f"Bearer {access}").status_code)


def test_a_password_gives_tokens_that_open_what_the_group_may_see(anonymous: APIClient) -> None:
    make_staff(Role.SUPPORT)

    answer = sign_in(anonymous)

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["expires_in"] == 600
    header = f"Bearer {answer.json()['access']}"
    assert anonymous.get("/users", HTTP_AUTHORIZATION=header).status_code == 200
    assert anonymous.post("/users", {}, HTTP_AUTHORIZATION=header).status_code == 403


def no_staff() -> None:
    make_staff(Role.SUPERVISOR)
    Staff.objects.update(is_staff=False)


def inactive() -> None:
    make_staff(Role.SUPERVISOR)
    Staff.objects.update(is_active=False)


@pytest.mark.parametrize(
    ("prepare", "password"),
    [(lambda: None, PASSWORD), (make_staff, "wrong"), (no_staff, PASSWORD), (inactive, PASSWORD)],
    ids=["unknown", "wrong password", "no staff", "inactive"],
)
def test_every_refusal_is_the_same(
    anonymous: APIClient, prepare: Callable[[], object], password: str
) -> None:
    prepare()

    answer = sign_in(anonymous, password=password)

    assert answer.status_code == 401
    body = answer.json()
    assert (body["error"], body["detail"]) == ("unauthorized", "The username or the password is wrong.")


def change_password(staff: Staff) -> None:
    staff.set_password("another horse battery staple")
    staff.save()


ENDS: dict[str, Callable[[Staff], object]] = {
    "changed password": change_password,
    "inactive": lambda staff: Staff.objects.filter(pk=staff.pk).update(is_active=False),
    "no staff any more": lambda staff: Staff.objects.filter(pk=staff.pk).update(is_staff=False),
    "deleted": lambda staff: staff.delete(),
}


@pytest.mark.parametrize("reason", ENDS)
def test_both_tokens_end_at_once_with_the_account_or_its_password(anonymous: APIClient, reason: str) -> None:
    staff = make_staff(Role.SUPERVISOR)
    tokens = sign_in(anonymous).json()

    ENDS[reason](staff)

    assert opened_with(anonymous, tokens["access"]) == 401
    assert anonymous.post("/auth/token/refresh", {"refresh": tokens["refresh"]}).status_code == 401


def test_another_group_counts_at_the_next_request(anonymous: APIClient) -> None:
    staff = make_staff(Role.SUPPORT)
    access = sign_in(anonymous).json()["access"]

    staff.groups.clear()
    assert opened_with(anonymous, access) == 403

    staff.groups.add(Group.objects.get(name=Role.SUPERVISOR))
    assert opened_with(anonymous, access) == 200


def forged(**changes: Any) -> dict[str, Any]:
    staff = make_staff(is_superuser=True)
    token = AccessToken.for_user(staff)
    token["pwd"] = staff.get_session_auth_hash()[:16]
    return token.payload | changes


LONG_AGO = int(datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp())
FORGERIES: dict[str, Callable[[], str]] = {
    "expired": lambda: jwt.encode(forged(exp=LONG_AGO), settings.SECRET_KEY),
    "endless": lambda: jwt.encode({k: v for k, v in forged().items() if k != "exp"}, settings.SECRET_KEY),
    "another key": lambda: jwt.encode(forged(), "another key that is long enough for its algorithm"),
    "no algorithm": lambda: jwt.encode(forged(), "", algorithm="none"),
    "another password": lambda: jwt.encode(forged(pwd="0" * 16), settings.SECRET_KEY),
    "no password": lambda: jwt.encode(forged(pwd=None), settings.SECRET_KEY),
    "nobody": lambda: jwt.encode(forged(user_id="65b8f0c2a7e4d1b3c5f60718"), settings.SECRET_KEY),
    "refresh token": lambda: jwt.encode(forged(token_type="refresh"), settings.SECRET_KEY),
    "nothing": lambda: "",
    "no token": lambda: "abc",
    "dots": lambda: "..",
    "binary": lambda: "\x00\xff\xe9",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing(anonymous: APIClient, forgery: str) -> None:
    token = FORGERIES[forgery]()

    answer = anonymous.get("/users", HTTP_AUTHORIZATION=f"Bearer {token}")

    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("The token is not valid")


def test_the_forgeries_differ_from_a_good_token_in_one_point_only(anonymous: APIClient) -> None:
    assert opened_with(anonymous, jwt.encode(forged(), settings.SECRET_KEY)) == 200


def test_a_refresh_token_gives_access_until_its_own_end(anonymous: APIClient) -> None:
    make_staff(Role.SUPPORT)
    tokens = sign_in(anonymous).json()

    answer = anonymous.post("/auth/token/refresh", {"refresh": tokens["refresh"]})

    assert answer.status_code == 200
    assert answer.json()["refresh"] == tokens["refresh"]
    assert opened_with(anonymous, answer.json()["access"]) == 200
    assert RefreshToken(tokens["refresh"]).lifetime == timedelta(hours=12)


def test_an_access_token_does_not_refresh(anonymous: APIClient) -> None:
    make_staff(Role.SUPPORT)
    access = sign_in(anonymous).json()["access"]

    assert anonymous.post("/auth/token/refresh", {"refresh": access}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"username": "ada"}, {"username": ["ada"], "password": "x"}, {"x": 1}])
def test_what_is_no_sign_in_is_invalid(anonymous: APIClient, body: dict[str, Any]) -> None:
    assert anonymous.post("/auth/token", body).status_code == 400


def test_a_person_may_not_listen_without_the_permission(anonymous: APIClient) -> None:
    make_staff(Role.SUPPORT)
    listeners = Group.objects.get(name=Role.SUPPORT)
    listeners.permissions.remove(listeners.permissions.get(codename="listen_recording"))
    access = sign_in(anonymous).json()["access"]

    answer = anonymous.get(f"/recordings/RE{'0' * 32}/audio", HTTP_AUTHORIZATION=f"Bearer {access}")

    assert answer.status_code == 403
    assert "calls.listen_recording" in answer.json()["detail"]


def test_a_token_costs_one_command_and_three_for_the_permissions_each_by_an_index(
    anonymous: APIClient,
) -> None:
    make_staff(Role.SUPPORT)
    access = sign_in(anonymous).json()["access"]
    opened_with(anonymous, access)  # each process looks up the permissions' names once
    cache.clear()  # and remembers for a while who has which

    with recorded_commands() as commands:
        opened_with(anonymous, access, "/feedback/summary?x=1")

    *looked_up, throttle = commands
    links = ["staff_groups", "auth_group_permissions", "staff_user_permissions"]
    assert [each.body["find"] for each in looked_up] == ["staff", *links]
    assert all("COLLSCAN" not in plan_of(each) for each in looked_up)
    assert throttle.body["findAndModify"] == "counters"
