import re

import pytest
from rest_framework.test import APIClient

from users.models import User
from users.tests.factories import make_user

USERS = "https://atlas.example.com/users"


def without_cursor(url: str | None) -> str | None:
    return url and re.sub("&cursor=[^&]+", "", url)


@pytest.fixture
def three_users(db: None) -> list[User]:
    return [make_user() for _ in range(3)]


def test_the_newest_come_first_ten_to_a_page(api: APIClient, three_users: list[User]) -> None:
    page = api.get("/users").json()

    assert [item["id"] for item in page["items"]] == [str(user.pk) for user in reversed(three_users)]
    del page["items"]
    assert page == {"total": 3, "page": 1, "page_size": 10, "next": None, "previous": None}


@pytest.mark.usefixtures("three_users")
@pytest.mark.parametrize(
    ("page", "items", "next_page", "previous_page"),
    [(1, 2, 2, None), (2, 1, None, 1), (3, 0, None, 2), (9, 0, None, 2), (10**30, 0, None, 2)],
)
def test_a_page_leads_to_its_neighbours(
    api: APIClient, page: int, items: int, next_page: int | None, previous_page: int | None
) -> None:
    def url(number: int | None) -> str | None:
        return number and f"{USERS}?page={number}&page_size=2&search=ada"  # type: ignore[return-value]

    answer = api.get("/users", {"page": str(page), "page_size": "2", "search": "ada"}, HTTP_HOST="testserver")

    assert answer.status_code == 200
    body = answer.json()
    assert (len(body["items"]), body["total"], body["page"]) == (items, 3, page)
    assert (without_cursor(body["next"]), without_cursor(body["previous"])) == (
        url(next_page),
        url(previous_page),
    )


def test_an_empty_list_is_a_page_too(api: APIClient) -> None:
    expected = {
        "items": [],
        "total": 0,
        "page": 2,
        "page_size": 10,
        "next": None,
        "previous": f"{USERS}?page=1",
    }
    assert api.get("/users?page=2").json() == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=one", "page"),
        ("page=1.0", "page"),
        ("page=1_0", "page"),
        ("page=%D9%A1", "page"),
        ("page=", "page"),
        ("page=" + "9" * 5000, "page"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("search=" + "a" * 101, "search"),
        ("search=%00", "search"),
        ("serach=ada", "serach"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(api: APIClient, query: str, field: str) -> None:
    answer = api.get(f"/users?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
