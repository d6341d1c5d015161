from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from atlas.api.serializers import DateTimeField, PageQuerySerializer
from calls.lifecycle import CallStatus
from calls.models import Call

# Filter of the API: look-up of the ORM.
LOOKUPS = {
    "status": "status",
    "user_external_id": "user_external_id",
    "to_number": "to_number",
    "created_after": "created_at__gte",
    "created_before": "created_at__lte",
    "min_overall_satisfaction": "feedback__overall_satisfaction__gte",
    "max_overall_satisfaction": "feedback__overall_satisfaction__lte",
}
ORDERINGS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "duration": "duration",
    "overall_satisfaction": "feedback__overall_satisfaction",
}


class CallQuerySerializer(PageQuerySerializer):
    """The query of GET /calls; both ends of a range are included."""

    status = serializers.ChoiceField(CallStatus.choices, required=False)
    user_external_id = serializers.CharField(max_length=100, required=False)
    to_number = serializers.CharField(max_length=20, required=False)
    created_after = DateTimeField(required=False)
    created_before = DateTimeField(required=False)
    has_feedback = serializers.BooleanField(required=False)
    has_recording = serializers.BooleanField(required=False)
    min_overall_satisfaction = serializers.IntegerField(min_value=1, max_value=5, required=False)
    max_overall_satisfaction = serializers.IntegerField(min_value=1, max_value=5, required=False)
    ordering = serializers.ChoiceField(
        [sign + name for name in ORDERINGS for sign in ("", "-")], default="-created_at"
    )


def calls_matching(calls: QuerySet[Call], query: dict[str, Any]) -> QuerySet[Call]:
    """`query` is the validated data of a CallQuerySerializer."""
    calls = calls.filter(**{LOOKUPS[name]: value for name, value in query.items() if name in LOOKUPS})
    if "has_feedback" in query:
        # A range an index can serve, unlike "is not null".
        rated = {"gte": 1} if query["has_feedback"] else {"isnull": True}
        calls = calls.filter(
            **{f"feedback__overall_satisfaction__{lookup}": value for lookup, value in rated.items()}
        )
    if "has_recording" in query:
        calls = calls.filter(recording_url__isnull=not query["has_recording"])
    return calls.order_by(*_keys(query["ordering"]))


def _keys(ordering: str) -> list[str]:
    """As the indexes have them, or all the other way round: equal values newest first, or oldest first."""
    name = ordering.lstrip("-")
    if name == "created_at":
        return [ordering, ordering.replace(name, "id")]
    sign = "" if ordering.startswith("-") else "-"
    return [ordering.replace(name, ORDERINGS[name]), f"{sign}created_at", f"{sign}id"]
