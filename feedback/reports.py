from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from atlas.admin.periods import Period, midnight
from calls.daily import DayNumbers, count_by_day
from calls.lifecycle import CallStatus
from calls.models import Call
from calls.services import numbers_of
from feedback.models import SCORES

SATISFIED = (4, 5)
OVERALL = "overall_satisfaction"


@dataclass(frozen=True)
class ScoreReport:
    average: float | None
    distribution: dict[str, int]


@dataclass(frozen=True)
class FeedbackReport:
    """
    `response_rate` is the share of completed calls that were rated, `csat` that of 4 and 5 in the overall
    satisfaction; both 0 to 1, and None where there is nothing to have a share of.
    """

    count: int
    response_rate: float | None
    csat: float | None
    scores: dict[str, ScoreReport]


def summarize(
    *, created_after: datetime | None = None, created_before: datetime | None = None
) -> FeedbackReport:
    """Of the calls that were created in the period, both ends included."""
    found = _together(created_after, created_before)
    rated = sum(found.ratings[OVERALL, score] for score in range(1, 6))
    answered = sum(n for (_, status), n in found.hours.items() if status == CallStatus.COMPLETED)
    satisfied = sum(found.ratings[OVERALL, score] for score in SATISFIED)
    return FeedbackReport(
        count=rated,
        response_rate=min(rated / answered, 1.0) if answered else None,
        csat=satisfied / rated if rated else None,
        scores={name: _score(name, found.ratings) for name in SCORES},
    )


def _together(created_after: datetime | None, created_before: datetime | None) -> DayNumbers:
    """Whole days from their summaries, and what is left at both ends by itself."""
    first = Call.objects.order_by("created_at", "id").values_list("created_at", flat=True).first()
    if first is None:
        return DayNumbers()
    start = max(created_after, first) if created_after else first
    # No call is younger than a clock that is a day fast.
    latest = timezone.now() + timedelta(days=1)
    # Of the end itself, and times are kept in milliseconds.
    end = (min(created_before, latest) if created_before else latest) + timedelta(milliseconds=1)
    days = _whole_days(start, end)
    together = DayNumbers()
    if days is None:
        parts = [count_by_day([(start, end)])] if start < end else []
    else:
        ends = [(start, days.start), (days.end, end)]
        parts = [numbers_of(days), count_by_day([span for span in ends if span[0] < span[1]])]
    for part in parts:
        for numbers in part.values():
            together.hours.update(numbers.hours)
            together.ratings.update(numbers.ratings)
    return together


def _whole_days(start: datetime, end: datetime) -> Period | None:
    """Those that lie between the two as a whole, if any."""
    first = timezone.localdate(start)
    if midnight(first) < start:
        first += timedelta(days=1)
    last = min(timezone.localdate(end), timezone.localdate()) - timedelta(days=1)
    return Period(first, last) if first <= last else None


def _score(name: str, ratings: Counter[tuple[str, int]]) -> ScoreReport:
    distribution = {score: ratings[name, score] for score in range(1, 6)}
    given = sum(distribution.values())
    average = sum(score * n for score, n in distribution.items()) / given if given else None
    return ScoreReport(
        average=round(average, 2) if average is not None else None,
        distribution={str(score): n for score, n in distribution.items()},
    )
