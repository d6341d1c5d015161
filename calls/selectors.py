from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from atlas.errors import NotFound
from calls.errors import CallNotFound, RecordingNotFound
from calls.lifecycle import OPEN, CallStatus
from calls.models import Call, Recording
from users.models import User

SETTLED_AFTER = timedelta(minutes=10)


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


def stuck_calls(calls: QuerySet[Call]) -> QuerySet[Call]:
    return calls.filter(status__in=OPEN, created_at__lt=timezone.now() - SETTLED_AFTER)


def calls_without_recording(calls: QuerySet[Call]) -> QuerySet[Call]:
    """Those of whose recording Twilio should have told us by now, and has not."""
    return calls.filter(
        status=CallStatus.COMPLETED,
        recording_enabled=True,
        recording_status=None,
        created_at__lt=timezone.now() - SETTLED_AFTER,
    )
