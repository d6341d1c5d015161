from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from atlas.mongodb.testing import recorded_commands
from users.models import ApiKey, Scope
from users.services import create_api_key, revoke_api_key


def make_key(*scopes: str, days: int | None = None) -> tuple[ApiKey, str]:
    expires_at = timezone.now() + timedelta(days=days) if days is not None else None
    return create_api_key(name="test", scopes=scopes or Scope.values, expires_at=expires_at)


def revoked() -> str:
    key, plain_text = make_key()
    revoke_api_key(api_key=key)
    return plain_text


REFUSED: dict[str, Callable[[], str]] = {
    "unknown": lambda: "atlas_0123456789ab_" + "x" * 43,
    "another secret": lambda: make_key()[1][:-1] + "~",
    "no secret": lambda: f"atlas_{make_key()[0].prefix}_",
    "another label": lambda: make_key()[1].replace("atlas_", "other_"),
    "expired": lambda: make_key(days=-1)[1],
    "revoked": revoked,
    "empty": lambda: "",
    "binary": lambda: "\x00\xff\xe9",
    "underscores": lambda: "___",
}


@pytest.mark.django_db
@pytest.mark.parametrize("reason", REFUSED)
def test_every_wrong_key_is_refused_in_the_same_words(anonymous: APIClient, reason: str) -> None:
    plain_text = REFUSED[reason]()

    with recorded_commands() as commands:
        answer = anonymous.get("/users", HTTP_AUTHORIZATION=f"Api-Key {plain_text}")

    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"
    assert answer.json()["detail"] == "The API key is unknown, expired or revoked."
    assert answer["WWW-Authenticate"] == "Api-Key"
    assert len(commands) == 1


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Api-Keys atlas_x"])
def test_without_a_key_it_says_how_to_send_one(anonymous: APIClient, header: str) -> None:
    answer = anonymous.get("/users", HTTP_AUTHORIZATION=header)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Api-Key"
    assert "Authorization: Api-Key" in answer.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["Api-Key", "api-key", "API-KEY "])
def test_a_key_opens_the_door_until_it_expires(anonymous: APIClient, scheme: str) -> None:
    _, plain_text = make_key(days=1)

    assert anonymous.get("/users", HTTP_AUTHORIZATION=f"{scheme} {plain_text}").status_code == 200


SOMEONE = "/users/65b8f0c2a7e4d1b3c5f60718"
USERS = [
    ("get", "/users", "users:read", 200),
    ("head", "/users", "users:read", 200),
    ("post", "/users", "users:write", 400),
    ("get", SOMEONE, "users:read", 404),
    ("patch", SOMEONE, "users:write", 404),
    ("delete", SOMEONE, "users:write", 404),
]


@pytest.mark.parametrize(("method", "path", "scope", "status"), USERS)
def test_each_method_needs_its_own_scope(
    anonymous: APIClient, api_with: Callable[..., APIClient], method: str, path: str, scope: str, status: int
) -> None:
    others = set(Scope.values) - {scope}

    assert getattr(anonymous, method)(path).status_code == 401
    assert getattr(api_with(*others), method)(path).status_code == 403
    assert getattr(api_with(scope), method)(path).status_code == status


def test_a_refusal_names_the_scope(api_with: Callable[..., APIClient]) -> None:
    answer = api_with("calls:read").get("/users")

    assert answer.json()["error"] == "forbidden"
    assert "users:read" in answer.json()["detail"]


@pytest.mark.django_db
def test_a_stored_key_cannot_be_used_to_sign_in(anonymous: APIClient) -> None:
    key, plain_text = make_key()

    assert plain_text not in str(vars(key))
    assert plain_text.split("_", 2)[2] not in f"{key} {key!r} {vars(key)}"
    answer = anonymous.get("/users", HTTP_AUTHORIZATION=f"Api-Key atlas_{key.prefix}_{key.hashed_secret}")
    assert answer.status_code == 401
