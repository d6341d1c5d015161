"""Lists of any length: `next` looks its place up, totals are not counted again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.utils import timezone as django_timezone

from atlas.api import totals
from atlas.mongodb.testing import Command, has_index_in_order, plan_of, recorded_commands
from calls.filters import ORDERINGS, calls_matching
from calls.models import Call
from calls.tests.factories import call_sid, make_call
from feedback.models import SCORES, Feedback
from users.models import User

if TYPE_CHECKING:
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ALL_ORDERINGS = [sign + name for name in ORDERINGS for sign in ("", "-")]
SERVED_IN_ORDER = [
    *(f"ordering={ordering}" for ordering in ALL_ORDERINGS),
    "status=completed",
    "has_recording=true",
    "status=completed&created_after=2026-03-01T00:00:00Z",
    "user_external_id=user-1",
    "to_number=%2B14155550123",
    "created_after=2026-03-01T00:00:00Z&created_before=2026-03-02T00:00:00Z",
    "created_before=2026-03-02T00:00:00Z&ordering=created_at",
    "ordering=-overall_satisfaction&min_overall_satisfaction=2&max_overall_satisfaction=5",
]


def many_calls(count: int = 23) -> None:
    """Of equal times, equal lengths, without lengths, rated and not."""
    Call.objects.bulk_create(
        Call(
            twilio_sid=call_sid(),
            user_external_id="user-1",
            to_number="+14155550123",
            status="completed",
            status_history=[],
            recording_status="completed",
            duration=[None, 7, 9][number % 3],
            feedback=rated(number % 4) if number % 4 else None,
            created_at=NOON + timedelta(minutes=number // 4),
            updated_at=NOON + timedelta(hours=number % 2) if number % 5 else None,
        )
        for number in range(count)
    )


def rated(score: int) -> Feedback:
    return Feedback(**dict.fromkeys(SCORES, score), feedback_provided_at=NOON)


def path_of(url: str) -> str:
    assert url.startswith("https://atlas.example.com/")
    return url.removeprefix("https://atlas.example.com")


def pages(api: APIClient, path: str, link: str = "next") -> Iterator[dict[str, Any]]:
    while path:
        answer = api.get(path)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        yield page | {"counted_at": answer["X-Total-Counted-At"]}
        path = path_of(page[link]) if page[link] else ""


def sids(*pages: dict[str, Any]) -> list[str]:
    return [call["twilio_sid"] for page in pages for call in page["items"]]


@pytest.mark.parametrize("ordering", ALL_ORDERINGS)
def test_next_and_previous_lead_through_the_whole_list(api: APIClient, ordering: str) -> None:
    many_calls()
    whole = sids(api.get(f"/calls?page_size=100&ordering={ordering}").json())
    forward = list(pages(api, f"/calls?page_size=3&ordering={ordering}"))
    assert sids(*forward) == whole
    assert [page["page"] for page in forward] == list(range(1, 9))
    assert {(page["total"], page["counted_at"]) for page in forward} == {(23, forward[0]["counted_at"])}
    backward = list(pages(api, path_of(forward[-1]["previous"]), "previous"))
    assert [page["items"] for page in backward] == [page["items"] for page in forward[-2::-1]]
    assert [page["page"] for page in backward] == list(range(7, 0, -1))
    assert sids(*pages(api, path_of(backward[3]["next"]))) == whole[12:]


@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "-duration", "overall_satisfaction"])
def test_a_page_by_its_number_is_the_one_that_next_leads_to(api: APIClient, ordering: str) -> None:
    many_calls()
    for page in pages(api, f"/calls?page_size=5&ordering={ordering}"):
        by_number = api.get(f"/calls?page_size=5&ordering={ordering}&page={page['page']}").json()
        assert by_number["items"] == page["items"]
        assert (by_number["previous"] is None) == (page["previous"] is None)
        assert (by_number["next"] is None) == (page["next"] is None)


def test_calls_that_come_in_between_neither_repeat_nor_hide_others(api: APIClient) -> None:
    many_calls(12)
    whole = sids(api.get("/calls?page_size=100").json())
    seen = []
    for page in pages(api, "/calls?page_size=4"):
        seen += sids(page)
        # One in front of the list, and one at the very time of the last that was seen.
        make_call(created_at=NOON + timedelta(days=1))
        make_call(created_at=page["items"][-1]["created_at"])
    assert len(seen) == len(set(seen))
    assert [sid for sid in seen if sid in whole] == whole


def test_a_call_that_goes_takes_no_other_with_it(api: APIClient) -> None:
    many_calls(12)
    whole = sids(api.get("/calls?page_size=100").json())
    first = api.get("/calls?page_size=4").json()
    Call.objects.filter(twilio_sid__in=whole[2:5]).delete()
    assert sids(*pages(api, path_of(first["next"]))) == whole[5:]


@pytest.mark.parametrize("query", SERVED_IN_ORDER)
def test_next_is_one_command_that_an_index_serves(api: APIClient, query: str) -> None:
    many_calls()
    page = api.get(f"/calls?page_size=2&{query}").json()
    assert page["next"], page
    for link in ("next", "next", "previous"):
        with recorded_commands() as commands:
            page = api.get(path_of(page[link])).json()
        finds = lists_of(commands, "calls")
        assert len(commands) - len(finds) == 1, "one for the key"
        assert 1 <= len(finds) <= 2, "a second where equal values end within the page"
        for find in finds:
            assert not find.body.get("skip")
            plan = plan_of(find)
            assert "IXSCAN" in plan, find
            assert "COLLSCAN" not in plan, find
            assert "SORT" not in plan or has_index_in_order(find), find


def lists_of(commands: list[Command], collection: str) -> list[Command]:
    return [command for command in commands if command.body.get("find") == collection]


def test_users_and_their_calls_are_followed_the_same_way(api: APIClient) -> None:
    users = [
        User.objects.create(
            name=f"Ada {n}", email=f"ada{n}@example.com", phone_number="+14155550123", created_at=NOON
        )
        for n in range(5)
    ]
    for _ in range(5):
        make_call(user_external_id=str(users[0].pk), created_at=NOON)
    for path in (
        "/users?page_size=2",
        "/users?page_size=2&search=ada",
        f"/users/{users[0].pk}/calls?page_size=2",
    ):
        ids = [item["id"] for page in pages(api, path) for item in page["items"]]
        assert len(ids) == len(set(ids)) == 5, path
        with recorded_commands() as commands:
            api.get(path_of(api.get(path).json()["next"]))
        assert not any(command.body.get("skip") for command in commands)


@pytest.mark.parametrize("cursor", ["x", "", "e30:abc", "a:b:c", "%00", "é", "."])
def test_a_malformed_cursor_is_named(api: APIClient, cursor: str) -> None:
    answer = api.get(f"/calls?cursor={cursor}")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_input")
    assert list(answer.json()["fields"]) == ["cursor"]


def test_a_cursor_is_good_for_its_own_list_only(api: APIClient) -> None:
    many_calls()
    following = path_of(api.get("/calls?page_size=2&status=completed").json()["next"])
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]
    assert api.get(following).status_code == 200
    for query in ("status=busy&page_size=2", "page_size=2", "status=completed&page_size=2&ordering=duration"):
        answer = api.get(f"/calls?{query}&cursor={cursor}")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["cursor"])
    for changed in (cursor[:-1], cursor[1:], cursor.swapcase()):
        assert api.get(f"/calls?page_size=2&status=completed&cursor={changed}").status_code == 400


def test_a_long_list_with_a_filter_is_counted_once_in_a_while(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "LONG", 10)
    many_calls(12)

    def total(query: str) -> tuple[int, bool]:
        with recorded_commands() as commands:
            page = api.get(f"/calls?{query}").json()
        return page["total"], any(command.name in ("aggregate", "count") for command in commands)

    assert total("status=completed") == (12, True)
    make_call(status="completed", created_at=NOON)
    assert total("status=completed") == (12, False)
    assert total("status=completed&page=2&page_size=3&ordering=duration") == (12, False)
    assert total("status=completed&user_external_id=user-1") == (13, True)
    # Nothing but the server's own count, which is always right.
    assert total("") == (13, True)
    monkeypatch.setattr(totals, "REMEMBERED", timedelta())
    assert total("status=completed") == (13, True)


def test_a_short_list_is_always_counted(api: APIClient) -> None:
    for number in range(1, 4):
        make_call(status="busy")
        assert api.get("/calls?status=busy").json()["total"] == number


def test_one_request_alone_counts_again(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "LONG", 1)
    many_calls(4)
    busy = calls_matching({"status": "completed", "ordering": "created_at"})
    old = totals.total_of(busy, "a list")
    make_call(status="completed")
    late = old.counted_at + totals.REMEMBERED * 2
    monkeypatch.setattr(django_timezone, "now", lambda: late)
    assert totals.total_of(busy, "a list").count == 5
    cache.set(totals.key_of("a list"), old)
    assert totals.total_of(busy, "a list").count == 4
