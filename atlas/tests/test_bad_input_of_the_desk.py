"""What nobody types into the desk by mistake."""

import pytest
from django.test import Client

from calls.tests.factories import make_call
from users.models import Staff

pytestmark = pytest.mark.django_db

LISTS = [
    "calls/call",
    "calls/recording",
    "users/user",
    "users/apikey",
    "users/auditentry",
    "users/staff",
    "auth/group",
    "webhooks/webhookevent",
    "feedback/ratedcall",
]


@pytest.fixture
def desk() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(Staff.objects.create_superuser("root", password="x"))
    make_call()
    return client


@pytest.mark.parametrize("page", LISTS)
def test_no_address_of_a_list_is_an_error_of_ours(desk: Client, page: str) -> None:
    for query in ("from=9999-12-31&to=9999-12-31", "from=0001-01-01", "q=" + "a" * 4000, "p=1e9", "o=-9"):
        assert desk.get(f"/admin/{page}/?{query}").status_code < 500, query


@pytest.mark.parametrize("page", LISTS)
def test_a_row_that_is_none_cannot_be_chosen(desk: Client, page: str) -> None:
    for action in ("call_again_all", "revoke", "delete_selected"):
        for row in ("x", "$gt", "\0"):
            answer = desk.post(f"/admin/{page}/", {"action": action, "_selected_action": row})
            assert answer.status_code == 400, (action, row)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("calls/call", "to_number__startswith=%2B1415555"),
        ("calls/call", "script__contains=a"),
        ("feedback/ratedcall", "feedback__notes__regex=a"),
        ("users/apikey", "hashed_secret__startswith=a"),
        ("users/user", "phone_number__endswith=23"),
        ("webhooks/webhookevent", "payload__To=x"),
    ],
)
def test_what_a_list_does_not_show_cannot_be_guessed_at(desk: Client, page: str, query: str) -> None:
    assert desk.get(f"/admin/{page}/?{query}").status_code == 400


def test_the_filters_of_the_pages_work(desk: Client) -> None:
    for address in (
        "calls/call/?outcome=busy&period=7d",
        "users/staff/?is_superuser__exact=0",
    ):
        assert desk.get(f"/admin/{address}").status_code in (200, 302)
    assert desk.get("/admin/users/staff/?is_active__exact=1").status_code == 200
