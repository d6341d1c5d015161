"""What feedback offers to the desk's first page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest

from atlas.admin.cards import Card, Chart, Figure, change_in_points, list_link
from atlas.admin.periods import Period
from atlas.admin.presentation import shown_number
from calls.admin.presentation import SCORES, address_of
from calls.lifecycle import CallStatus
from calls.reports import Activity, activity, numbers_by_day, remembered
from feedback.models import RatedCall

LOWEST_SHOWN = 6
LOW = 2
WEEK = 7
SATISFIED = (4, 5)
OVERALL = "overall_satisfaction"
TONES = ("bad", "busy", "warn", "fair", "good")


@dataclass(frozen=True)
class Ratings:
    """How often each score from 1 to 5 was given, by the local day on which the call was placed."""

    counts: dict[date, Counter[tuple[str, int]]]

    def of(self, name: str, score: int) -> int:
        return sum(day[name, score] for day in self.counts.values())

    def rated(self) -> int:
        return sum(self.of(OVERALL, score) for score in range(1, 6))

    def csat(self) -> float | None:
        """The share of 4 and 5 in the overall satisfaction, 0 to 1."""
        rated = self.rated()
        return sum(self.of(OVERALL, score) for score in SATISFIED) / rated if rated else None

    def within(self, period: Period) -> Ratings:
        return Ratings({day: n for day, n in self.counts.items() if period.first <= day <= period.last})


def ratings(period: Period) -> Ratings:
    return Ratings({day: numbers.ratings for day, numbers in numbers_by_day(period).items()})


def cards(request: HttpRequest, period: Period) -> list[Figure | Card]:
    if not request.user.has_perm("feedback.view_ratedcall"):  # type: ignore[union-attr]
        return []
    lowest = remembered(f"lowest:{period.first}:{period.last}", lambda: _lowest(period))
    rows = [
        {
            "address": address_of(str(call.pk)),
            "number": shown_number(call.to_number, viewer=request.user),
            "score": call.feedback and call.feedback.overall_satisfaction,
            "notes": call.feedback and call.feedback.notes,
            "at": call.created_at,
        }
        for call in lowest
    ]
    link = list_link("feedback_ratedcall", **period.query)
    return [
        *_figures(period),
        *charts(period),
        Card("Lowest-rated calls", "feedback/lowest.html", {"rows": rows, "link": link}, width=12),
    ]


def charts(period: Period) -> list[Card]:
    both = ratings(Period(period.before.first, period.last))
    now = both.within(period)
    steps = _steps(period)
    parts = [now.within(step) for step in steps]
    trend = Chart(
        name="csat-trend",
        kind="line",
        labels=[
            f"{_step_in_words(step)}\nn = {part.rated()}" for step, part in zip(steps, parts, strict=True)
        ],
        series=[("CSAT", "primary", [_percent(part.csat()) for part in parts])],
        links=[[list_link("feedback_ratedcall", **step.query) for step in steps]],
        unit="%",
    )
    shares = Chart(
        name="scores",
        kind="shares",
        labels=list(SCORES.values()),
        series=[
            (f"{score} of 5", TONES[score - 1], [now.of(name, score) for name in SCORES])
            for score in range(1, 6)
        ],
        links=[
            [list_link("feedback_ratedcall", **{name: score}, **period.query) for name in SCORES]
            for score in range(1, 6)
        ],
    )
    return [
        Card(
            "CSAT trend", "desk/chart.html", {"chart": trend, "empty": "No ratings in this period."}, width=6
        ),
        Card("Scores", "desk/chart.html", {"chart": shares, "empty": "No ratings in this period."}, width=6),
    ]


def _steps(period: Period) -> list[Period]:
    """Its days, or its weeks from the end where these are many: a day has too few ratings to tell."""
    length = 1 if len(period.days) <= WEEK else WEEK
    last = [period.last - timedelta(days=n) for n in range(0, len(period.days), length)]
    return [Period(max(day - timedelta(days=length - 1), period.first), day) for day in reversed(last)]


def _step_in_words(step: Period) -> str:
    first, last = (f"{day.day} {day:%b}" for day in (step.first, step.last))
    return first if step.first == step.last else f"{first} – {last}"  # noqa: RUF001


def _figures(period: Period) -> list[Figure]:
    two = Period(period.before.first, period.last)
    now, before = ratings(two).within(period), ratings(two).within(period.before)
    csat, csat_before = now.csat(), before.csat()
    rate = _response_rate(now, activity(two).within(period))
    rate_before = _response_rate(before, activity(two).within(period.before))
    return [
        Figure(
            "CSAT",
            _in_percent(csat),
            list_link("feedback_ratedcall", overall_satisfaction="high", **period.query),
            change=change_in_points(csat, csat_before),
            is_better=None if csat is None or csat_before is None else csat >= csat_before,
            note=f"share of 4 and 5, n = {now.rated():,}",
        ),
        Figure(
            "Response rate",
            _in_percent(rate),
            list_link("feedback_ratedcall", **period.query),
            change=change_in_points(rate, rate_before),
            is_better=None if rate is None or rate_before is None else rate >= rate_before,
            note=f"{now.rated():,} of the answered calls were rated",
        ),
    ]


def _response_rate(given: Ratings, placed: Activity) -> float | None:
    answered = placed.number_of(CallStatus.COMPLETED)
    return min(given.rated() / answered, 1.0) if answered else None


def _lowest(period: Period) -> list[RatedCall]:
    low = _placed_in(period).filter(feedback__overall_satisfaction__lte=LOW)
    return list(low.only("to_number", "feedback", "created_at", "twilio_sid")[:LOWEST_SHOWN])


def _placed_in(period: Period) -> QuerySet[RatedCall]:
    return RatedCall.objects.filter(created_at__gte=period.start, created_at__lt=period.end)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100)


def _in_percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"  # noqa: RUF001
