"""Personal data taken away, at Twilio first: what is gone here could not be found there any more."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from atlas.twilio.errors import TwilioRejected
from atlas.twilio.gateway import NOT_FOUND, gateway
from calls.lifecycle import RecordingStatus
from calls.models import Call, Recording

# Twilio's word for a recording whose audio was removed.
DELETED = "deleted"
# The bare statistics. Whatever field is new is taken away, until it is known to tell nothing of a person.
STATISTICS = {
    "id",
    "call_id",
    "twilio_sid",
    "from_number",
    "direction",
    "status",
    "status_history",
    "recording_enabled",
    "duration",
    "answered_at",
    "ended_at",
    "error_code",
    "sip_response_code",
    "submission",
    "synced_at",
    "feedback",
    "worst_score",
    "created_at",
    "updated_at",
}


def purge_recording(*, recording: Recording) -> None:
    """What stays is that there was one, and how long it was. Raises TwilioError."""
    _delete_at_twilio(recording.twilio_sid)
    Recording.objects.filter(pk=recording.pk).update(
        status=RecordingStatus.ABSENT,
        recording_status=DELETED,
        recording_url=None,
        transcription=None,
        updated_at=timezone.now(),
    )
    calls = Call.objects.filter(twilio_sid=recording.call_sid, recording_url=recording.recording_url)
    calls.update(recording_url=None, recording_status=RecordingStatus.ABSENT)


def forget_call_at_twilio(*, call: Call) -> None:
    """Its transcriptions, its recordings, then itself. Raises TwilioError."""
    sids = set(Recording.objects.filter(call=call).values_list("twilio_sid", flat=True))
    if call.twilio_sid:
        sids |= {found.sid for found in gateway().recordings_of(call.twilio_sid)}
    for sid in sorted(sids):
        _delete_at_twilio(sid)
    if call.twilio_sid:
        gateway().delete_call(call.twilio_sid)


def forget_call(*, call: Call) -> None:
    """Its status, times, duration and scores stay."""
    Recording.objects.filter(call=call).delete()
    taken: dict[str, Any] = {
        field.name: None if field.null else ""
        for field in Call._meta.concrete_fields
        if field.name not in STATISTICS
    }
    # Or it would count as one of which Twilio has not told us yet.
    taken["recording_status"] = RecordingStatus.ABSENT if call.recording_enabled else None
    if feedback := call.feedback:
        feedback.notes = None
        taken["feedback"] = feedback
    Call.objects.filter(pk=call.pk).update(**taken)


def _delete_at_twilio(recording_sid: str) -> None:
    for transcription in _transcriptions(recording_sid):
        gateway().delete_transcription(transcription)
    gateway().delete_recording(recording_sid)


def _transcriptions(recording_sid: str) -> list[str]:
    known = Recording.objects.filter(twilio_sid=recording_sid).first()
    sids = {known.transcription.sid} if known and known.transcription else set()
    try:
        sids |= {found.sid for found in gateway().transcriptions_of(recording_sid)}
    except TwilioRejected as error:
        if error.twilio_code != NOT_FOUND:
            raise
    return sorted(sids)
