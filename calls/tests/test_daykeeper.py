from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from atlas.admin.periods import Period
from atlas.mongodb.testing import recorded_commands
from calls import daykeeper
from calls.daykeeper import DayKeeper, count_past_days
from calls.models import DailySummary
from calls.services import note_late_change, numbers_of
from calls.tests.factories import make_call

pytestmark = pytest.mark.django_db


def test_the_days_since_the_first_call_are_counted_but_for_the_last_two() -> None:
    assert count_past_days() == 0

    now = timezone.now()
    for age in (0, 3, 5):
        make_call(created_at=now - timedelta(days=age))
    assert count_past_days() == 4
    assert DailySummary.objects.count() == 4
    assert count_past_days() == 0

    with recorded_commands() as commands:
        numbers = numbers_of(Period.of_last(6))
    assert [command.name for command in commands] == ["find", "aggregate"]
    assert sum(day.hours.total() for day in numbers.values()) == 3


def test_a_day_that_changed_late_is_counted_again() -> None:
    call = make_call(created_at=timezone.now() - timedelta(days=4))
    assert count_past_days() == 3
    note_late_change(call.created_at)
    assert count_past_days() == 1


def test_half_a_year_is_enough() -> None:
    make_call(created_at=timezone.now() - timedelta(days=1000))
    assert count_past_days() == 179


def test_it_goes_on_after_the_database_was_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = threading.Semaphore(0)

    def away() -> Any:
        asked.release()
        raise OperationalError("away")

    monkeypatch.setattr(daykeeper, "count_past_days", away)
    for name in ("FIRST_AFTER_SECONDS", "EVERY_SECONDS"):
        monkeypatch.setattr(daykeeper, name, 0.01)
    keeper = DayKeeper()
    with caplog.at_level(logging.WARNING, "calls.daykeeper"):
        keeper.start()
        assert all(asked.acquire(timeout=10) for _ in range(2))
        keeper.stop()
    assert "away" in caplog.text
