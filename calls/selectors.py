from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any

import phonenumbers
from django.db.models import Q, QuerySet
from django.utils import timezone

from atlas.mongodb.prepared import PreparedFind
from atlas.mongodb.slots import Parameter
from calls.errors import CallNotFound, RecordingNotFound
from calls.lifecycle import OPEN, CallStatus
from calls.models import Call, Recording

SETTLED_AFTER = timedelta(minutes=10)


def call_with_sid(call_sid: str) -> Call:
    """Raises CallNotFound."""
    if call := _call()(twilio_sid=call_sid):
        return call
    raise CallNotFound("Call not found")


def recording_with_sid(recording_sid: str) -> Recording:
    """Raises RecordingNotFound."""
    if recording := _recording()(twilio_sid=recording_sid):
        return recording
    raise RecordingNotFound("Recording not found")


@cache
def _call() -> PreparedFind[Call]:
    return Call.objects.filter(twilio_sid=Parameter("twilio_sid")).prepared_find()


@cache
def _recording() -> PreparedFind[Recording]:
    return Recording.objects.filter(twilio_sid=Parameter("twilio_sid")).prepared_find()


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


def calls_that_mention(numbers_and_emails: Iterable[str]) -> list[Call]:
    """By what was said or written on them; it reads them all, so it is nothing for a web request."""
    patterns = [_written(each) for each in numbers_and_emails]
    if not patterns:
        return []
    pattern = {"$regex": "|".join(patterns), "$options": "i"}
    written = [{name: pattern} for name in ("script", "feedback.notes", "staff_notes.text")]
    calls = Call.objects.raw_aggregate([{"$match": {"$or": written}}, {"$project": {"_id": 1}}])
    said: dict[str, Any] = {"transcription.text": pattern}
    recordings = Recording.objects.raw_aggregate([{"$match": said}, {"$project": {"_id": 1}}])
    keys = [recording.pk for recording in recordings]
    speaks = Q(pk__in=[call.pk for call in calls]) | Q(
        pk__in=list(Recording.objects.filter(pk__in=keys).values_list("call", flat=True))
    )
    return list(Call.objects.filter(speaks))


def _written(number_or_email: str) -> str:
    """A number with or without its country, in any grouping; an address as it is."""
    if "@" in number_or_email:
        return re.escape(number_or_email)
    digits = str(phonenumbers.parse(number_or_email).national_number)
    return r"[^0-9]{0,3}".join(digits)
