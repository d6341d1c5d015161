from __future__ import annotations

from django.db.models import QuerySet

from atlas.errors import NotFound
from calls.errors import CallNotFound, RecordingNotFound
from calls.models import Call, Recording
from users.models import User


def call_with_sid(call_sid: str) -> Call:
    """Raises CallNotFound."""
    call = Call.objects.filter(twilio_sid=call_sid).first()
    if call is None:
        raise CallNotFound("Call not found")
    return call


def recording_with_sid(recording_sid: str) -> Recording:
    """Raises RecordingNotFound."""
    recording = Recording.objects.filter(twilio_sid=recording_sid).first()
    if recording is None:
        raise RecordingNotFound("Recording not found")
    return recording


def calls_of_user(calls: QuerySet[Call], user_id: str) -> QuerySet[Call]:
    """Raises NotFound if there is no such user."""
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound("User not found")
    return calls.filter(user_external_id=user_id)
