"""What is counted of the calls by the day on which they were placed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from atlas.mongodb.errors import database_errors
from atlas.mongodb.outage import slow_by_itself
from calls.lifecycle import CallStatus
from calls.models import OVERALL, Call, DailySummary

SCORES = ("call_quality", "agent_helpfulness", "resolution", "call_ease", "overall_satisfaction")
Span = tuple[datetime, datetime]
# Answers of one command hold so many rows.
BATCH = 10_000


@dataclass(frozen=True)
class DayNumbers:
    """
    Calls by (hour, status that they have now), answered calls by their length in seconds, and ratings by
    (score's name, 1 to 5); hours are local.
    """

    hours: Counter[tuple[int, str]] = field(default_factory=Counter)
    durations: Counter[int] = field(default_factory=Counter)
    ratings: Counter[tuple[str, int]] = field(default_factory=Counter)

    @classmethod
    def from_summary(cls, kept: DailySummary) -> DayNumbers:
        return cls(
            Counter({(int(hour), status): n for hour, status, n in _unnested(kept.hours)}),
            Counter({int(seconds): n for seconds, n in (kept.durations or {}).items()}),
            Counter({(name, int(score)): n for name, score, n in _unnested(kept.ratings)}),
        )

    def fields(self) -> dict[str, Any]:
        """As a DailySummary has them."""
        return {
            "hours": _nested(self.hours),
            "durations": {str(seconds): n for seconds, n in self.durations.items()},
            "ratings": _nested(self.ratings),
        }


def count_by_day(spans: Sequence[Span]) -> dict[date, DayNumbers]:
    """Of the calls created in the spans, whose ends do not belong to them; one command, whatever they are."""
    found: defaultdict[date, DayNumbers] = defaultdict(DayNumbers)
    for row in _rows(spans):
        key = row["_id"]
        day = found[date.fromisoformat(key["day"])]
        if "status" in key:
            day.hours[key["hour"], key["status"]] += row["calls"]
        elif "seconds" in key:
            day.durations[int(key["seconds"])] += row["calls"]
        else:
            day.ratings.update({(name, score): row[f"{name}_{score}"] for name, score in _all_scores()})
    return dict(found)


def _rows(spans: Sequence[Span]) -> list[dict[str, Any]]:
    pipelines = [pipeline for span in spans for pipeline in _pipelines(span)]
    if not pipelines:
        return []
    first, *others = pipelines
    name = Call._meta.db_table
    # The ORM joins such queries into one as well, but not if they have groups.
    joined = [{"$unionWith": {"coll": name, "pipeline": other}} for other in others]
    collection = connection.get_collection(name)  # type: ignore[attr-defined]
    with slow_by_itself(), database_errors():
        return list(collection.aggregate([*first, *joined], batchSize=BATCH))


def _pipelines(span: Span) -> Iterator[list[dict[str, Any]]]:
    placed = {"created_at": {"$gte": span[0], "$lt": span[1]}}
    local = {"date": "$created_at", "timezone": str(timezone.get_current_timezone())}
    day = {"$dateToString": {**local, "format": "%Y-%m-%d"}}
    calls = {"calls": {"$sum": 1}}
    yield [
        {"$match": placed},
        {"$group": {"_id": {"day": day, "hour": {"$hour": local}, "status": "$status"}, **calls}},
    ]
    yield [
        {"$match": {"status": CallStatus.COMPLETED.value, **placed}},
        # Apart, as the embedded server uses no index for two ranges.
        {"$match": {"duration": {"$gte": 0}}},
        {"$group": {"_id": {"day": day, "seconds": "$duration"}, **calls}},
    ]
    given = {
        f"{name}_{score}": {"$sum": {"$cond": [{"$eq": [f"$feedback.{name}", score]}, 1, 0]}}
        for name, score in _all_scores()
    }
    yield [
        {"$match": placed},
        {"$match": {OVERALL: {"$gte": 1}}},
        {"$group": {"_id": {"day": day}, **given}},
    ]


def _all_scores() -> Iterator[tuple[str, int]]:
    return ((name, score) for name in SCORES for score in range(1, 6))


def _nested(counts: Mapping[tuple[Any, Any], int]) -> dict[str, dict[str, int]]:
    nested: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (one, other), number in counts.items():
        if number:
            nested[str(one)][str(other)] = number
    return dict(nested)


def _unnested(nested: Mapping[str, Mapping[str, int]] | None) -> Iterator[tuple[str, str, int]]:
    for one, others in (nested or {}).items():
        for other, number in others.items():
            yield one, other, number
