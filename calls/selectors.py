from __future__ import annotations

from django.db.models import QuerySet

from atlas.errors import NotFound
from calls.errors import CallNotFound, RecordingNotFound
from calls.models import Call, Recording
from users.models import User


def call_with_sid(call_sid: str) -> Call:
    """Raises CallNotFound."""
    try:
        return Call.objects.get(twilio_sid=call_sid)
    except Call.DoesNotExist as error:
        raise CallNotFound("Call not found") from error


def recording_with_sid(recording_sid: str) -> Recording:
    """Raises RecordingNotFound."""
    try:
        return Recording.objects.get(twilio_sid=recording_sid)
    except Recording.DoesNotExist as error:
        raise RecordingNotFound("Recording not found") from error


def calls_of_user(calls: QuerySet[Call], user_id: str) -> QuerySet[Call]:
    """Raises NotFound if there is no such user."""
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound("User not found")
    return calls.filter(user_external_id=user_id)
