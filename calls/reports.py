"""Numbers of a period, from daily summaries; remembered for a short while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.core.cache import cache

from atlas.admin.periods import Period
from calls.daily import DayNumbers
from calls.lifecycle import FINAL, CallStatus
from calls.services import numbers_of

REMEMBERED = 60  # seconds
ReportT = TypeVar("ReportT")


@dataclass(frozen=True)
class Activity:
    """How many calls were placed in each hour of each day, by the status that they have now; all is local."""

    counts: dict[tuple[date, int, str], int]

    def by_day(self) -> Counter[tuple[date, str]]:
        days: Counter[tuple[date, str]] = Counter()
        for (day, _, status), count in self.counts.items():
            days[day, status] += count
        return days

    def by_week_hour(self) -> Counter[tuple[int, int]]:
        """(1 for Monday to 7, hour of the day)."""
        hours: Counter[tuple[int, int]] = Counter()
        for (day, hour, _), count in self.counts.items():
            hours[day.isoweekday(), hour] += count
        return hours

    def within(self, period: Period) -> Activity:
        return Activity({key: n for key, n in self.counts.items() if period.first <= key[0] <= period.last})

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def number_of(self, *statuses: str) -> int:
        return sum(count for (*_, status), count in self.counts.items() if status in statuses)

    @property
    def answer_rate(self) -> float | None:
        """The share of those answered among the calls that are over, 0 to 1."""
        over = self.number_of(*FINAL)
        return self.number_of(CallStatus.COMPLETED) / over if over else None


def numbers_by_day(period: Period) -> dict[date, DayNumbers]:
    return remembered(f"numbers:{period.first}:{period.last}", lambda: numbers_of(period))


def activity(period: Period) -> Activity:
    return Activity(
        {
            (day, hour, status): count
            for day, numbers in numbers_by_day(period).items()
            for (hour, status), count in numbers.hours.items()
        }
    )


def median_durations(period: Period) -> tuple[float | None, float | None]:
    """Of the answered calls in seconds: in the period, and in the one before."""
    days = numbers_by_day(Period(period.before.first, period.last))
    now = (numbers.durations for day, numbers in days.items() if day >= period.first)
    before = (numbers.durations for day, numbers in days.items() if day < period.first)
    return median(_sum(now)), median(_sum(before))


def _sum(counters: Iterable[Counter[int]]) -> Counter[int]:
    together: Counter[int] = Counter()
    for counter in counters:
        together.update(counter)
    return together


def median(counts: Counter[int]) -> float | None:
    """The middle of the values, each as often as it is counted."""
    total = sum(counts.values())
    if not total:
        return None
    return (_at(counts, (total - 1) // 2) + _at(counts, total // 2)) / 2


def _at(counts: Counter[int], position: int) -> int:
    for value in sorted(counts):
        position -= counts[value]
        if position < 0:
            return value
    raise IndexError(position)


def remembered(key: str, make: Callable[[], ReportT]) -> ReportT:
    known: ReportT | None = cache.get(key)
    if known is None:
        known = make()
        cache.set(key, known, REMEMBERED)
    return known
