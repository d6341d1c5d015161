"""Numbers of a period, from few commands over a range of created_at, remembered for a short while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from atlas.admin.periods import Period
from calls.lifecycle import FINAL, CallStatus
from calls.models import Call

REMEMBERED = 60  # seconds
ReportT = TypeVar("ReportT")


@dataclass(frozen=True)
class Activity:
    """How many calls were placed in each hour, by the status that they have now; the hours are local."""

    counts: dict[tuple[datetime, str], int]

    def by_day(self) -> Counter[tuple[date, str]]:
        days: Counter[tuple[date, str]] = Counter()
        for (hour, status), count in self.counts.items():
            days[hour.date(), status] += count
        return days

    def by_week_hour(self) -> Counter[tuple[int, int]]:
        """(1 for Monday to 7, hour of the day)."""
        hours: Counter[tuple[int, int]] = Counter()
        for (hour, _), count in self.counts.items():
            hours[hour.isoweekday(), hour.hour] += count
        return hours

    def within(self, period: Period) -> Activity:
        inside = {key: n for key, n in self.counts.items() if period.first <= key[0].date() <= period.last}
        return Activity(inside)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def number_of(self, *statuses: str) -> int:
        return sum(count for (_, status), count in self.counts.items() if status in statuses)

    @property
    def answer_rate(self) -> float | None:
        """The share of those answered among the calls that are over, 0 to 1."""
        over = self.number_of(*FINAL)
        return self.number_of(CallStatus.COMPLETED) / over if over else None


def activity(period: Period) -> Activity:
    def count() -> Activity:
        hour = TruncHour("created_at", tzinfo=timezone.get_current_timezone())
        rows = _placed_in(period).values(hour=hour, ended_as=F("status")).annotate(count=Count("pk"))
        return Activity({(row["hour"], row["ended_as"]): row["count"] for row in rows})

    return remembered(f"activity:{period.first}:{period.last}", count)


def median_durations(period: Period) -> tuple[float | None, float | None]:
    """Of the answered calls in seconds: in the period, and in the one before."""
    both = Period(period.before.first, period.last)

    def measure() -> tuple[Counter[int], Counter[int]]:
        answered = _placed_in(both).filter(status=CallStatus.COMPLETED, duration__gte=0)
        rows = answered.values("duration").annotate(
            now=Count("pk", filter=Q(created_at__gte=period.start)),
            before=Count("pk", filter=Q(created_at__lt=period.start)),
        )
        lengths = {row["duration"]: row for row in rows if row["duration"] is not None}
        now, before = ({length: row[name] for length, row in lengths.items()} for name in ("now", "before"))
        return Counter(now), Counter(before)

    now, before = remembered(f"durations:{period.first}:{period.last}", measure)
    return median(now), median(before)


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


def _placed_in(period: Period) -> QuerySet[Call]:
    return Call.objects.order_by().filter(created_at__gte=period.start, created_at__lt=period.end)
