"""The list of calls: filters in words, pages that never count too far, and what it costs."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.test.signals import template_rendered
from django.utils import timezone

from atlas.admin.paginator import FrugalPaginator
from atlas.mongodb.testing import plan_of, recorded_commands
from atlas.tests.desk import CALLS, signed_in
from calls.models import Call
from calls.tests.factories import make_call
from feedback.tests.factories import rate
from users.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return signed_in()


def listed(client: Client, **query: str) -> list[Call]:
    answer = client.get(CALLS, query)
    assert answer.status_code == 200, answer
    return list(answer.context["cl"].result_list)


def ago(**time: int) -> datetime:
    return timezone.now() - timedelta(**time)


@pytest.fixture
def calls() -> dict[str, Call]:
    made = {
        "answered": make_call(status="completed", recording_status="completed"),
        "missing": make_call(status="completed", created_at=ago(minutes=20)),
        "silent": make_call(status="completed", recording_status="absent"),
        "busy": make_call(status="busy", created_at=ago(days=5)),
        "failed": make_call(status="failed", created_at=ago(days=40)),
        "live": make_call(status="ringing"),
        "stuck": make_call(status="in-progress", created_at=ago(minutes=11)),
        "low": make_call(status="completed", recording_status="failed"),
        "high": make_call(status="completed", recording_status="completed"),
    }
    rate(made["low"], 1)
    rate(made["high"], 5)
    return made


MEANT: list[tuple[dict[str, str], set[str]]] = [
    ({"outcome": "busy"}, {"busy"}),
    ({"outcome": "failed"}, {"failed"}),
    ({"outcome": "not-connected"}, {"busy", "failed"}),
    ({"outcome": "live"}, {"live", "stuck"}),
    ({"outcome": "stuck"}, {"stuck"}),
    ({"recorded": "yes"}, {"answered", "high"}),
    ({"recorded": "missing"}, {"missing"}),
    ({"recorded": "silent"}, {"silent"}),
    ({"recorded": "failed"}, {"low"}),
    ({"rated": "yes"}, {"low", "high"}),
    ({"worst": "1"}, {"low"}),
    ({"worst": "2"}, {"low"}),
    ({"worst": "4"}, {"high"}),
    ({"worst": "5", "outcome": "answered"}, {"high"}),
    ({"period": "7d", "outcome": "not-connected"}, {"busy"}),
    ({"period": "30d", "outcome": "not-connected"}, {"busy"}),
    ({"outcome": "nonsense", "worst": "5"}, {"high"}),
]


def test_filters_say_what_they_mean(client: Client, calls: dict[str, Call]) -> None:
    for query, names in MEANT:
        found = listed(client, **query)
        assert {name for name, call in calls.items() if call in found} == names, query


def test_days_are_whole_days_of_the_desks_zone(client: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    first = make_call(created_at=today)
    last = make_call(created_at=today - timedelta(milliseconds=1))
    day = (today - timedelta(days=1)).date().isoformat()
    assert listed(client, period="today") == [first]
    assert listed(client, period="yesterday") == [last]
    assert listed(client, **{"from": day, "to": day}) == [last]
    assert listed(client, **{"from": day}) == [first, last]
    assert listed(client, to=day) == [last]
    assert listed(client, **{"from": "yesterday"}) == [first, last]


def test_an_hour_of_the_week_is_one_of_the_desks_zone(client: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    at = timezone.make_aware(datetime(2026, 3, 2, 9, 30))  # noqa: DTZ001 - a Monday in Tokyo
    call = make_call(created_at=at)
    make_call(created_at=at + timedelta(hours=1))
    assert listed(client, hour="1-09") == [call]
    assert listed(client, hour="7-09") == []


def test_active_filters_are_shown_and_can_be_taken_away(client: Client, calls: dict[str, Call]) -> None:
    page = client.get(CALLS, {"outcome": "busy", "period": "7d", "q": "0123"}).content.decode()
    assert "Outcome: Busy" in page
    assert "When: Last 7 days" in page
    assert 'href="?period=7d&amp;q=0123"' in page


def test_a_list_is_four_commands_for_everybody_and_scans_nothing() -> None:
    Call.objects.bulk_create(
        Call(
            to_number="+14155550123",
            twilio_sid=f"CA{n:032x}",
            user_external_id="user-1",
            status=["busy", "ringing"][n % 2],
            recording_status="completed",
            worst_score=1,
            status_history=[],
            created_at=timezone.now(),
        )
        for n in range(700_000, 700_180)
    )
    queries: list[dict[str, str]] = [
        {},
        {"p": "3"},
        {"outcome": "busy"},
        {"outcome": "live", "p": "2"},
        {"period": "today"},
        {"recorded": "yes"},
        {"worst": "2"},
    ]
    clients = [signed_in(), signed_in(Role.SUPPORT)]
    for client in clients:
        client.get("/admin/password_change/")
    for client, query in product(clients, queries):
        with recorded_commands() as commands:
            assert client.get(CALLS, query).status_code == 200
        assert len(commands) <= 4, [command.name for command in commands]
        for command in commands:
            if "calls" in command.body.values() and (
                command.body.get("filter") or command.body.get("pipeline")
            ):
                assert "COLLSCAN" not in plan_of(command), command


def test_pages_follow_one_another_and_say_where_they_are(client: Client) -> None:
    calls = [make_call(created_at=ago(seconds=n)) for n in range(120)]
    assert "1–50 of 120 calls" in client.get(CALLS).content.decode()  # noqa: RUF001
    assert listed(client, p="2") == calls[50:100]
    last = client.get(CALLS, {"p": "3"})
    assert "101–120 of 120 calls" in last.content.decode()  # noqa: RUF001
    assert 'rel="next"' not in last.content.decode()
    assert client.get(CALLS, {"p": "4"}).status_code == 302
    assert client.get(CALLS, {"p": "x"}).status_code in (200, 302)


def test_counting_stops_and_so_do_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        make_call(created_at=ago(seconds=number), status="busy")
    monkeypatch.setattr(FrugalPaginator, "COUNTED", 9)
    monkeypatch.setattr(FrugalPaginator, "PAGED", 9)
    busy = Call.objects.filter(status="busy")
    with recorded_commands() as commands:
        pages = FrugalPaginator(busy, 4, page_number="1")
        assert (pages.shown_count, pages.is_exact, pages.num_pages) == (9, False, 3)
    assert len(commands) == 2
    assert len(FrugalPaginator(busy, 4, page_number="3").page(3).object_list) == 4
    assert list(FrugalPaginator(busy, 4, page_number="99999999").rows) == []


def test_the_last_page_is_not_counted() -> None:
    for number in range(3):
        make_call(created_at=ago(seconds=number))
    with recorded_commands() as commands:
        assert FrugalPaginator(Call.objects.all(), 2, page_number="2").count == 3
    assert [command.name for command in commands] == ["find"]


def test_an_empty_desk_says_what_to_do(client: Client) -> None:
    page = client.get(CALLS).content.decode()
    assert "No calls yet" in page
    assert "POST /calls/outbound" in page


def test_a_row_renders_no_template_of_its_own(client: Client) -> None:
    rendered: list[Any] = []

    def templates() -> int:
        rendered.clear()
        answer = client.get(CALLS)
        assert b'aria-label="Select record"' in answer.content
        return len(rendered)

    def note(**_: Any) -> None:
        rendered.append(1)

    make_call()
    template_rendered.connect(note)
    try:
        one = templates()
        for _ in range(5):
            make_call()
        assert templates() == one
    finally:
        template_rendered.disconnect(note)
