"""Days that are over are counted once, and the numbers are those of counting everything."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pymongo.collection import Collection
from pymongo.errors import NetworkTimeout

from atlas.admin.periods import Period
from atlas.breaker import CircuitBreaker
from atlas.mongodb import outage
from atlas.mongodb.testing import Command, plan_of, recorded_commands
from calls import services
from calls.daily import SCORES, DayNumbers, count_by_day
from calls.lifecycle import CallStatus, Submission
from calls.models import Call
from calls.services import StatusReport, daily, numbers_of
from calls.tests.factories import call_sid, make_call, make_recording
from feedback.models import Feedback
from feedback.reports import FeedbackReport, ScoreReport, summarize
from feedback.services import give_feedback

pytestmark = pytest.mark.django_db

UTC = timezone.get_fixed_timezone(0)
ALL_FIVE = dict.fromkeys(SCORES, 4)


def random_calls(count: int, *, days: int, seed: int = 1) -> list[Call]:
    chance = random.Random(seed)
    calls = [
        Call(
            twilio_sid=call_sid(),
            to_number="+14155550123",
            status=(status := chance.choice(CallStatus.values)),
            duration=chance.choice([None, *range(0, 300, 20)]) if status == "completed" else 0,
            feedback=random_feedback(chance) if chance.random() < 0.4 else None,
            status_history=[],
            created_at=timezone.now() - timedelta(seconds=chance.randrange(days * 86400)),
        )
        for _ in range(count)
    ]
    return list(Call.objects.bulk_create(calls))


def random_feedback(chance: random.Random) -> Feedback:
    scores = {name: chance.randint(1, 5) for name in SCORES}
    return Feedback(**scores, feedback_provided_at=timezone.now())


def one_by_one(period: Period) -> dict[date, DayNumbers]:
    """The same from the calls themselves."""
    days: dict[date, DayNumbers] = {}
    for call in Call.objects.order_by():
        at = timezone.localtime(call.created_at)
        if not period.first <= at.date() <= period.last:
            continue
        day = days.setdefault(at.date(), DayNumbers())
        day.hours[at.hour, call.status] += 1
        if call.status == "completed" and call.duration is not None:
            day.durations[call.duration] += 1
        if call.feedback:
            day.ratings.update((name, getattr(call.feedback, name)) for name in SCORES)
    return days


def without_zeros(days: dict[date, DayNumbers]) -> dict[date, DayNumbers]:
    return {
        day: DayNumbers(+numbers.hours, +numbers.durations, +numbers.ratings)
        for day, numbers in days.items()
        if numbers != DayNumbers()
    }


def assert_right(period: Period) -> None:
    assert without_zeros(numbers_of(period)) == one_by_one(period)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_the_numbers_are_those_of_counting_everything(zone: str, settings: Any) -> None:
    settings.TIME_ZONE = zone
    random_calls(120, days=20)
    for period in (Period.of_last(8), Period.of_last(15), Period.of_last(15).before, Period.of_last(15)):
        assert_right(period)


def test_another_zone_has_other_days(settings: Any) -> None:
    random_calls(100, days=5)
    for settings.TIME_ZONE in ("UTC", "Asia/Tokyo", "UTC"):
        assert_right(Period.of_last(6))


def test_a_day_that_is_over_is_counted_once() -> None:
    random_calls(60, days=20)
    period = Period.of_last(20)
    with recorded_commands() as commands:
        numbers_of(period)
    assert [command.name for command in commands] == ["find", "aggregate", "update"]
    for again in range(2):
        with recorded_commands() as commands:
            numbers_of(period)
        assert [command.name for command in commands] == ["find", "aggregate"], again
        assert list(commands[0].body["filter"]) == ["_id"]
        assert counted_from(commands[1]) == Period.of_last(2).start


def counted_from(counting: Command) -> datetime:
    start: datetime = counting.body["pipeline"][0]["$match"]["created_at"]["$gte"]
    return start


def test_every_part_of_the_counting_is_served_by_an_index() -> None:
    random_calls(20, days=5)
    period = Period.of_last(2)
    with recorded_commands() as commands:
        count_by_day([(period.start, period.end)])
    [counting] = commands
    stages = counting.body["pipeline"]
    joined = [stage["$unionWith"]["pipeline"] for stage in stages if "$unionWith" in stage]
    assert len(joined) == 2
    for pipeline in (stages[:1], *joined):
        plan = plan_of(counting._replace(body={**counting.body, "pipeline": pipeline}))
        assert "IXSCAN" in plan, pipeline
        assert "COLLSCAN" not in plan, pipeline


def _rated(call: Call) -> None:
    give_feedback(call_sid=call.twilio_sid or "", scores=ALL_FIVE, notes="Late")


def _synced(call: Call) -> None:
    now = timezone.now()
    report = StatusReport(CallStatus.COMPLETED, at=now, source="sync", received_at=now, duration=77)
    services.record_status(call_id=call.call_id, call_sid=call.twilio_sid or "", report=report)


def _never_received(call: Call) -> None:
    Call.objects.filter(pk=call.pk).update(submission=Submission.UNKNOWN)
    services.mark_never_received(call=call)


def _forgotten(call: Call) -> None:
    _rated(call)
    services.forget_call(call=Call.objects.get(pk=call.pk))


LATE_CHANGES: list[Callable[[Call], None]] = [_rated, _synced, _never_received, _forgotten]


@pytest.mark.parametrize("change", LATE_CHANGES)
def test_what_changes_late_is_counted(change: Callable[[Call], None]) -> None:
    random_calls(30, days=9)
    days = [make_call(created_at=timezone.now() - timedelta(days=days)) for days in (8, 4, 2, 1, 0)]
    period = Period.of_last(10)
    before = without_zeros(numbers_of(period))
    for call in days:
        change(call)
        assert_right(period)
    assert without_zeros(numbers_of(period)) != before


def test_a_recording_that_is_purged_takes_no_number_with_it(simulator: Any) -> None:
    call = make_call(status="completed", duration=9, created_at=timezone.now() - timedelta(days=5))
    recording = make_recording(call)
    numbers_of(Period.of_last(7))
    services.purge_recording(recording=recording)
    assert_right(Period.of_last(7))


def test_a_change_while_a_day_is_counted_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    call = make_call(created_at=timezone.now() - timedelta(days=5))

    def count_then_change(spans: Any) -> dict[date, DayNumbers]:
        counted = count_by_day(spans)
        _rated(call)
        return counted

    with monkeypatch.context() as patched:
        patched.setattr(daily, "count_by_day", count_then_change)
        numbers_of(Period.of_last(7))
    assert_right(Period.of_last(7))


def test_scattered_days_are_few_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    random_calls(100, days=60)
    period = Period.of_last(60)
    numbers_of(period)
    for days in range(3, 60, 4):
        daily.note_late_change(timezone.now() - timedelta(days=days))
    with recorded_commands() as commands:
        assert_right(period)
    assert len(commands[1].body["pipeline"]) < 3 * (daily.MOST_SPANS + 1)


def summary_one_by_one(after: datetime | None, before: datetime | None) -> FeedbackReport:
    calls = [
        call
        for call in Call.objects.order_by()
        if (after is None or call.created_at >= after) and (before is None or call.created_at <= before)
    ]
    given = [call.feedback for call in calls if call.feedback]
    answered = sum(call.status == "completed" for call in calls)
    satisfied = sum(feedback.overall_satisfaction >= 4 for feedback in given)
    scores = {}
    for name in SCORES:
        counts = Counter(getattr(feedback, name) for feedback in given)
        average = round(sum(counts.elements()) / len(given), 2) if given else None
        scores[name] = ScoreReport(average, {str(score): counts[score] for score in range(1, 6)})
    return FeedbackReport(
        count=len(given),
        response_rate=min(len(given) / answered, 1.0) if answered else None,
        csat=satisfied / len(given) if given else None,
        scores=scores,
    )


def test_the_summary_of_any_period_is_that_of_its_calls(settings: Any) -> None:
    settings.TIME_ZONE = "America/New_York"
    calls = random_calls(80, days=15)
    chance = random.Random(2)
    for _ in range(3):
        after, before = sorted(Call.objects.get(pk=chance.choice(calls).pk).created_at for _ in range(2))
        for bounds in ((after, before), (after, None), (None, before), (before, after)):
            found = summarize(created_after=bounds[0], created_before=bounds[1])
            assert found == summary_one_by_one(*bounds), bounds
    ages = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
    assert summarize(created_after=ages[0], created_before=ages[1]) == summary_one_by_one(None, None)
    assert summarize() == summary_one_by_one(None, None)


def test_the_summary_is_five_commands_at_most_and_scans_no_days_that_are_over() -> None:
    random_calls(60, days=20)
    for most in (5, 4):
        with recorded_commands() as commands:
            summarize()
        assert len(commands) <= most
    for command in commands:
        if command.name == "aggregate":
            start = counted_from(command)
            assert start in (Period.of_last(2).start, Call.objects.earliest("created_at").created_at)


@pytest.mark.parametrize(("method", "is_outage"), [("aggregate", False), ("bulk_write", True)])
def test_a_database_that_is_too_slow_for_it_is_reported_as_one(
    method: str, is_outage: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object, **__: object) -> None:
        raise NetworkTimeout("timed out")

    make_call()
    monkeypatch.setattr(outage, "breaker", CircuitBreaker(pause=60.0))
    monkeypatch.setattr(Collection, method, too_slow)
    with pytest.raises(OperationalError), outage.told_at_once():
        numbers_of(Period.of_last(7))
    assert outage.breaker.is_open is is_outage
