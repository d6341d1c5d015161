from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from atlas.rates import Rate
from users.roles import Role
from users.tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db

# One window for as long as the tests run.
ALWAYS = 10**10


def sign_in(username: str = "ada", password: str = "wrong", **headers: Any) -> int:
    client = APIClient(raise_request_exception=False)
    body = {"username": username, "password": password}
    return int(client.post("/auth/token", body, **headers).status_code)


def sign_in_to_the_admin(username: str = "ada") -> Any:
    return Client().post("/admin/login/", {"username": username, "password": "wrong"})


@pytest.fixture(autouse=True)
def rates(settings: Any) -> None:
    settings.THROTTLE_API = Rate(3, ALWAYS)
    settings.THROTTLE_LOGIN = Rate(2, ALWAYS)


def test_the_request_after_the_last_is_told_when_to_come_again(api: APIClient) -> None:
    assert [api.get("/users").status_code for _ in range(4)] == [200, 200, 200, 429]

    answer = api.get("/users")

    assert answer.json()["error"] == "too_many_requests"
    assert int(answer["Retry-After"]) > 0


def test_each_credential_has_its_own_limit(api_with: Any) -> None:
    first, second = api_with("users:read"), api_with("users:read")
    for _ in range(4):
        first.get("/users")

    assert first.get("/users").status_code == 429
    assert second.get("/users").status_code == 200


def test_a_limit_holds_for_requests_that_arrive_together(api: APIClient, settings: Any) -> None:
    settings.THROTTLE_API = Rate(10, ALWAYS)

    def get(_: int) -> int:
        try:
            return api.get("/users").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        statuses = list(threads.map(get, range(50)))

    assert sorted(statuses) == [200] * 10 + [429] * 40


def test_guesses_are_limited_even_if_the_last_is_right() -> None:
    make_staff(Role.SUPPORT)

    assert [sign_in(), sign_in(), sign_in(), sign_in(password=PASSWORD)] == [401, 401, 429, 429]


def test_the_admin_and_the_api_count_together_and_any_case_is_the_same_name() -> None:
    make_staff(Role.SUPPORT)
    assert sign_in_to_the_admin("ada").status_code == 200
    assert sign_in("ADA") == 401

    refused = sign_in_to_the_admin("ada")

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert refused["Content-Type"] == "text/plain"


def test_to_look_at_the_login_page_is_no_attempt() -> None:
    assert [Client().get("/admin/login/").status_code for _ in range(4)] == [200] * 4


def test_another_name_or_another_address_has_its_own_limit() -> None:
    for _ in range(3):
        sign_in()

    assert sign_in("bob") == 401
    assert sign_in(REMOTE_ADDR="203.0.113.7") == 401


def test_a_list_of_names_does_not_help_either() -> None:
    statuses = [sign_in(f"user{number}") for number in range(21)]

    assert statuses == [401] * 20 + [429]


def test_a_forged_forwarded_header_changes_nothing() -> None:
    statuses = [sign_in(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}") for number in range(3)]

    assert statuses == [401, 401, 429]


def test_a_trusted_proxy_is_believed_in_what_it_wrote_itself(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    spoofed = [sign_in(HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 203.0.113.7") for number in range(3)]

    assert spoofed == [401, 401, 429]
    assert sign_in(HTTP_X_FORWARDED_FOR="203.0.113.7, 203.0.113.8") == 401


def test_refreshing_has_a_limit_too(anonymous: APIClient) -> None:
    statuses = [anonymous.post("/auth/token/refresh", {"refresh": "x"}).status_code for _ in range(3)]

    assert statuses == [401, 401, 429]
