from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from atlas.admin.periods import Period
from atlas.mongodb.testing import recorded_commands
from calls.models import DailySummary
from calls.services import numbers_of
from calls.tests.factories import make_call

pytestmark = pytest.mark.django_db


def count_days(*arguments: str) -> str:
    output = StringIO()
    call_command("count_days", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def test_the_dashboard_then_counts_the_last_two_days_alone() -> None:
    now = timezone.now()
    for age in (0, 3, 3, 9, 40):
        make_call(created_at=now - timedelta(days=age))

    assert count_days("--days", "10") == "10 days are counted; they have 4 calls.\n"

    assert DailySummary.objects.count() == 8
    today = timezone.localdate()
    with recorded_commands() as commands:
        numbers = numbers_of(Period(today - timedelta(days=9), today))
    assert sum(of_day.hours.total() for of_day in numbers.values()) == 4
    assert [command.name for command in commands] == ["find", "aggregate"]


def test_days_that_are_counted_are_not_counted_again() -> None:
    count_days("--days", "5")
    with recorded_commands() as commands:
        count_days("--days", "5")
    assert [command.name for command in commands].count("aggregate") == 2


def test_no_days_are_refused() -> None:
    with pytest.raises(CommandError, match="1 or more"):
        count_days("--days", "0")
