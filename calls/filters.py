from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import Q
from rest_framework import serializers

from atlas.api.serializers import DateTimeField, PageQuerySerializer
from atlas.errors import NotFound
from atlas.mongodb.listing import Listing, Rows
from atlas.mongodb.slots import Parameter
from calls.lifecycle import CallStatus, RecordingStatus
from calls.models import Call
from users.models import User

# Lists do not show how a call went.
LISTED = Call.objects.defer("status_history")
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


def calls_matching(query: dict[str, Any]) -> Rows[Call]:
    """`query` is the validated data of a CallQuerySerializer."""
    values = {name: query[name] for name in LOOKUPS if name in query}
    listing = _listing(
        frozenset(values), query.get("has_feedback"), query.get("has_recording"), query["ordering"]
    )
    return listing.with_values(**values)


def calls_of_user(user_id: str) -> Rows[Call]:
    """Newest first. Raises NotFound if there is no such user."""
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound("User not found")
    return calls_matching({"user_external_id": user_id, "ordering": "-created_at"})


# The filters and orders that are in use: all that are possible would be thousands.
@lru_cache(maxsize=100)
def _listing(
    names: frozenset[str], has_feedback: bool | None, has_recording: bool | None, ordering: str
) -> Listing[Call]:
    calls = LISTED.filter(**{LOOKUPS[name]: _parameter(name) for name in names})
    if has_feedback is not None:
        # A range an index can serve, unlike "is not null".
        rated = {"gte": 1} if has_feedback else {"isnull": True}
        calls = calls.filter(
            **{f"feedback__overall_satisfaction__{lookup}": value for lookup, value in rated.items()}
        )
    if has_recording is not None:
        recorded = Q(recording_status=RecordingStatus.COMPLETED)
        calls = calls.filter(recorded if has_recording else ~recorded)
    return Listing(calls.order_by(*_keys(ordering)))


def _parameter(name: str) -> Parameter:
    return Parameter(name, models.DateTimeField() if name.startswith("created_") else None)


def _keys(ordering: str) -> list[str]:
    """As the indexes have them, or all the other way round: equal values newest first, or oldest first."""
    name = ordering.lstrip("-")
    if name == "created_at":
        return [ordering, ordering.replace(name, "id")]
    sign = "" if ordering.startswith("-") else "-"
    return [ordering.replace(name, ORDERINGS[name]), f"{sign}created_at", f"{sign}id"]
