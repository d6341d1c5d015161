"""The numbers of the first page."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from atlas.admin.cards import Attention
from atlas.admin.periods import Period
from atlas.mongodb.testing import recorded_commands
from atlas.tests.desk import signed_in
from calls.dashboard import attention
from calls.models import Transcription
from calls.reports import activity, median, median_durations
from calls.tests.factories import make_call, make_recording
from feedback.tests.factories import rate
from webhooks.models import WebhookEvent


@pytest.mark.parametrize(
    ("counts", "expected"),
    [({}, None), ({7: 1}, 7), ({1: 1, 3: 1}, 2), ({0: 3, 100: 2}, 0), ({0: 2, 9: 3}, 9)],
)
def test_the_median_is_the_middle(counts: dict[int, int], expected: float | None) -> None:
    assert median(Counter(counts)) == expected


def test_a_period_is_whole_days_and_the_one_before_is_as_long() -> None:
    period = Period.of_last(7)
    assert period.days[-1] == timezone.localdate()
    assert len(period.days) == len(period.before.days) == 7
    assert period.before.end == period.start


@pytest.mark.django_db
def test_activity_is_counted_in_the_desks_zone(settings: Any) -> None:
    settings.TIME_ZONE = "America/New_York"
    monday = timezone.make_aware(datetime(2026, 3, 2, 23, 30))  # noqa: DTZ001 - in New York
    make_call(status="completed", created_at=monday)
    make_call(status="busy", created_at=monday)
    make_call(status="ringing", created_at=monday + timedelta(hours=1))
    counted = activity(Period(monday.date(), monday.date() + timedelta(days=1)))
    assert counted.by_week_hour() == {(1, 23): 2, (2, 0): 1}
    assert counted.by_day()[monday.date(), "busy"] == 1
    assert (counted.total, counted.answer_rate) == (3, 0.5)
    assert counted.within(Period(monday.date(), monday.date())).total == 2
    assert activity(Period.of_last(1)).answer_rate is None


@pytest.mark.django_db
def test_median_lengths_are_those_of_answered_calls() -> None:
    for duration in (10, 20, 90):
        make_call(status="completed", duration=duration)
    make_call(status="busy", duration=0)
    make_call(status="completed", duration=33, created_at=timezone.now() - timedelta(days=8))
    assert median_durations(Period.of_last(7)) == (20, 33)


@pytest.mark.django_db
def test_what_needs_attention_leads_to_a_list_as_long(rf: Any) -> None:
    client = signed_in()
    long_ago = timezone.now() - timedelta(hours=1)
    make_call(status="ringing", created_at=long_ago)
    make_call(status="completed", created_at=long_ago)
    make_recording(make_call(), transcription=Transcription(sid="TR1", text=None, status="failed"))
    for number, outcome in enumerate(("failed", "failed", "unmatched", "applied")):
        WebhookEvent.objects.create(
            kind="status", delivery_key=str(number), outcome=outcome, received_at=timezone.now()
        )
    found = client.get("/admin/").context["attention"]
    assert {each.words: each.count for each in found} == {
        "calls stuck for more than 10 minutes": 1,
        "recordings missing": 1,
        "transcriptions failed": 1,
        "deliveries failed": 2,
        "deliveries unmatched": 1,
    }
    for each in found:
        assert len(client.get(each.link).context["cl"].result_list) == each.count, each.words


@pytest.mark.django_db
def test_each_number_leads_to_the_calls_behind_it() -> None:
    client = signed_in()
    for status, days in (("completed", 0), ("completed", 3), ("busy", 3), ("failed", 8)):
        rate(make_call(status=status, duration=30, created_at=timezone.now() - timedelta(days=days)), 5)
    page = client.get("/admin/?days=7")
    for figure in page.context["figures"][:2]:
        listed = client.get(figure.link).context["cl"].result_list
        assert len(listed) == {"Calls placed": 3, "Answer rate": 2}[figure.label]
    chart, heat_map = (card.context for card in page.context["cards"][:2])
    numbers = [(number, link) for _, row in chart["chart"].rows for number, link in row if number] + [
        (cell["count"], cell["link"]) for row in heat_map["rows"] for cell in row["cells"] if cell["count"]
    ]
    assert sum(number for number, _ in numbers) == 6
    for number, link in numbers:
        assert len(client.get(link).context["cl"].result_list) == number, link


@pytest.mark.django_db
def test_the_first_page_is_ten_commands_and_then_fewer() -> None:
    for _ in range(20):
        rate(make_call(status="completed", duration=5), 2, notes="Bad")
    client = signed_in()
    with recorded_commands() as commands:
        assert "of the answered calls were rated" in client.get("/admin/?days=90").content.decode()
    assert len(commands) <= 10, str([next(iter(command.body.values())) for command in commands])
    with recorded_commands() as commands:
        client.get("/admin/?days=90")
    assert len(commands) < 8


@pytest.mark.django_db
def test_an_empty_first_page_says_so() -> None:
    page = signed_in().get("/admin/?days=nonsense")
    assert page.context["chosen_days"] == 7
    text = page.content.decode()
    assert "Nothing happened in this period." in text
    assert "No ratings in this period." in text
    assert "Nobody was dissatisfied" in text
    assert "no call is stuck" in text


def test_nobody_without_the_permission_gets_numbers(rf: Any) -> None:
    class Nobody:
        def has_perms(self, _: Any) -> bool:
            return False

    request = rf.get("/admin/")
    request.user = Nobody()
    assert attention(request, Period.of_last(7)) == []


def test_what_needs_attention_says_where_counting_stopped() -> None:
    numbers = [
        Attention("calls stuck", "Sync them.", count, "/").number for count in (1, 999, Attention.MOST)
    ]
    assert numbers == ["1", "999", "1,000+"]
