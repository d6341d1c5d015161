from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Q

from calls.lifecycle import CallStatus
from calls.models import Call
from feedback.models import SCORES

SATISFIED = (4, 5)


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
    calls = Call.objects.order_by()
    if created_after:
        calls = calls.filter(created_at__gte=created_after)
    if created_before:
        calls = calls.filter(created_at__lte=created_before)
    found = calls.filter(feedback__overall_satisfaction__gte=1).aggregate(**_aggregates())
    rated = found["count"]
    answered = calls.filter(status=CallStatus.COMPLETED).count()
    satisfied = sum(found[f"overall_satisfaction_{score}"] for score in SATISFIED)
    return FeedbackReport(
        count=rated,
        response_rate=min(rated / answered, 1.0) if answered else None,
        csat=satisfied / rated if rated else None,
        scores={name: _score(name, found) for name in SCORES},
    )


def _aggregates() -> dict[str, Any]:
    aggregates: dict[str, Any] = {"count": Count("pk")}
    for name in SCORES:
        aggregates[name] = Avg(f"feedback__{name}")
        for score in range(1, 6):
            aggregates[f"{name}_{score}"] = Count("pk", filter=Q(**{f"feedback__{name}": score}))
    return aggregates


def _score(name: str, found: dict[str, Any]) -> ScoreReport:
    average = found[name]
    return ScoreReport(
        average=round(average, 2) if average is not None else None,
        distribution={str(score): found[f"{name}_{score}"] for score in range(1, 6)},
    )
