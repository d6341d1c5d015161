from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bson import ObjectId
from django.db import connection
from rest_framework.test import APIClient

from atlas.mongodb.testing import plan_of, recorded_commands
from users.models import User
from users.tests.factories import make_user

ADA = {"name": "Ada", "email": "Ada@Example.com", "phone_number": "+1 415-555-0123"}


def test_it_adds_a_user(api: APIClient) -> None:
    answer = api.post("/users", ADA)

    assert answer.status_code == 201
    body = answer.json()
    assert body == {
        "id": body["id"],
        "name": "Ada",
        "email": "ada@example.com",
        "phone_number": "+14155550123",
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
    }
    assert ObjectId.is_valid(body["id"])
    assert body["created_at"].endswith("Z")
    assert api.get(f"/users/{body['id']}").json() == body


def test_it_refuses_a_known_email_in_any_case(api: APIClient) -> None:
    api.post("/users", ADA)

    answer = api.post("/users", ADA | {"email": "ADA@EXAMPLE.COM"})

    assert answer.status_code == 409
    assert answer.json()["error"] == "conflict"
    assert User.objects.count() == 1


def test_one_of_two_simultaneous_users_with_the_same_email_is_refused(api: APIClient) -> None:
    def post(_: int) -> int:
        return api.post("/users", ADA).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(post, range(8)))

    assert sorted(statuses) == [201, *[409] * 7]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "a" * 101),
        ("name", "nul\0"),
        ("name", 5),
        ("name", None),
        ("email", "ada"),
        ("email", True),
        ("phone_number", "+1415555"),
        ("phone_number", "+141555501234567"),
        ("phone_number", "4155550123"),
        ("phone_number", "+999999999999"),
        ("phone_number", 14155550123),
    ],
)
def test_it_names_the_field_that_is_not_valid(api: APIClient, field: str, value: Any) -> None:
    user = make_user()

    for answer in (api.post("/users", ADA | {field: value}), api.patch(f"/users/{user.pk}", {field: value})):
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_input"
        assert list(answer.json()["fields"]) == [field]


def test_it_names_unknown_and_missing_fields_together(api: APIClient) -> None:
    answer = api.post("/users", {"name": "Ada", "id": "x", "phone": "+14155550123"})

    assert answer.status_code == 400
    assert answer.json()["fields"] == {
        "email": ["This field is required."],
        "phone_number": ["This field is required."],
        "id": ["Unknown field."],
        "phone": ["Unknown field."],
    }


def test_it_changes_what_is_named_and_nothing_else(api: APIClient) -> None:
    user = make_user(name="Ada")

    answer = api.patch(f"/users/{user.pk}", {"email": "NEW@example.com"})

    assert answer.status_code == 200
    assert answer.json()["email"] == "new@example.com"
    assert answer.json()["name"] == "Ada"
    assert answer.json()["updated_at"] > answer.json()["created_at"]


def test_changing_nothing_changes_nothing(api: APIClient) -> None:
    user = make_user()
    before = api.get(f"/users/{user.pk}").json()

    assert api.patch(f"/users/{user.pk}", {}).json() == before


def test_a_change_to_a_known_email_is_refused(api: APIClient) -> None:
    make_user(email="taken@example.com")
    user = make_user(email="own@example.com")

    assert api.patch(f"/users/{user.pk}", {"email": "Taken@example.com"}).status_code == 409
    assert api.patch(f"/users/{user.pk}", {"email": "Own@example.com"}).status_code == 200


def test_a_deleted_user_is_gone(api: APIClient) -> None:
    user = make_user()

    answer = api.delete(f"/users/{user.pk}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.delete(f"/users/{user.pk}").status_code == 404


@pytest.mark.parametrize("user_id", ["65b8f0c2a7e4d1b3c5f60718", "abc", "65B8F0C2A7E4D1B3C5F60718", "1\n"])
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_an_unknown_user_is_not_found(api: APIClient, method: str, user_id: str) -> None:
    answer = getattr(api, method)(f"/users/{user_id}", {"name": "Ada"} if method == "patch" else None)

    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("ada", True),
        ("LOVELACE", True),
        ("lovelace@", True),
        ("+14155550123", True),
        ("14155550123", True),
        ("(415) 555-0123", True),
        ("415.555", True),
        (" 5550123 ", True),
        ("", True),
        ("a.a", False),
        (".*", False),
        ("A%L", False),
        ("a_a", False),
        ("[a", False),
        ("999", False),
        ("-", False),
    ],
)
def test_it_searches_names_emails_and_numbers(api: APIClient, search: str, is_found: bool) -> None:
    make_user(name="Ada Lovelace", email="lovelace@example.com", phone_number="+14155550123")

    answer = api.get("/users", {"search": search})

    assert answer.status_code == 200
    assert answer.json()["total"] == is_found


def test_a_list_costs_a_count_and_a_find_served_by_an_index(api: APIClient) -> None:
    for _ in range(3):
        make_user()

    with recorded_commands() as commands:
        answer = api.get("/users")

    assert [user["email"] for user in answer.json()["items"]] == [user.email for user in User.objects.all()]
    credential, _, find = commands
    assert [command.name for command in commands] == ["findAndModify", "count", "find"]
    assert "IXSCAN" in plan_of(credential)
    assert "SORT" not in plan_of(find)


def test_a_user_costs_one_command(api: APIClient) -> None:
    user = make_user()

    with recorded_commands() as commands:
        api.get(f"/users/{user.pk}")

    # One for the credential, which counts the request for its limit too.
    assert len(commands) == 1 + 1


@pytest.fixture
def user_of_1x(db: None) -> str:
    document = {"name": "Old", "email": "old@example.com", "phone_number": "+14155550100"}
    inserted = connection.database.users.insert_one(document)  # type: ignore[attr-defined]
    return str(inserted.inserted_id)


def test_a_document_of_atlas_1_is_read_as_it_is(api: APIClient, user_of_1x: str) -> None:
    answer = api.get(f"/users/{user_of_1x}")

    assert answer.status_code == 200
    assert answer.json()["name"] == "Old"
    assert answer.json()["updated_at"] is None
