"""Asks Twilio for what its webhooks did not tell. Never places a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bson import ObjectId
from django.utils import timezone

from atlas.twilio.gateway import TwilioCall, TwilioRecording, gateway
from calls import lifecycle, services
from calls.lifecycle import FINAL, CallStatus, RecordingStatus
from calls.models import Call, Recording, Transcription
from calls.services import RecordingReport, StatusReport

# Twilio's clock and ours differ a little, and its list of calls knows whole seconds only.
CLOCK_DIFFERENCE = timedelta(seconds=30)
# Twilio's list is eventually consistent.
LISTED_WITHIN = timedelta(minutes=2)
# What Twilio does not have so long after a call, it will never have: silence is not transcribed.
RECORDINGS_DUE_WITHIN = timedelta(hours=1)
# Twilio keeps a call in its queue for a day, and up for another.
CALL_OVER_WITHIN = timedelta(days=3)
TRANSCRIPTION_ENDS = ("completed", "failed")


def due_calls(*, older_than: timedelta, limit: int) -> list[Call]:
    """Calls of which something may be missing for longer than `older_than`; the longest first."""
    due = Call.objects.filter(sync_after__lte=timezone.now() - older_than)
    return list(due.order_by("sync_after")[:limit])


def incomplete(calls: Sequence[Call]) -> list[Call]:
    """Those about which Twilio has to be asked; it is noted of the others that they are complete."""
    recordings: defaultdict[ObjectId, list[Recording]] = defaultdict(list)
    for recording in Recording.objects.filter(call__in=calls).order_by():
        recordings[recording.call_id].append(recording)
    missing = [call for call in calls if _misses_something(call, recordings[call.pk])]
    if complete := [call for call in calls if call not in missing]:
        services.mark_complete(calls=complete)
    return missing


def sync_call(*, call: Call) -> Call:
    """Raises TwilioError. A call whose submission is unknown is looked up by its number and time."""
    if call.twilio_sid:
        _take_over(call, gateway().fetch_call(call.twilio_sid))
    elif call.submission in services.UNSETTLED:
        _settle_submission(call)
    postpone(call=Call.objects.get(pk=call.pk))
    return Call.objects.get(pk=call.pk)


def postpone(*, call: Call) -> None:
    """What is still missing is asked for less and less often, and in the end no more."""
    recordings = list(Recording.objects.filter(call=call).order_by())
    age = timezone.now() - (call.ended_at or call.created_at)
    patience = RECORDINGS_DUE_WITHIN if call.is_over else CALL_OVER_WITHIN
    is_awaited = _misses_something(call, recordings) and age < patience
    services.mark_synced(call=call, sync_after=timezone.now() + age / 2 if is_awaited else None)


def _misses_something(call: Call, recordings: Sequence[Recording]) -> bool:
    if not call.is_over:
        return True
    if call.status != CallStatus.COMPLETED or not call.recording_enabled:
        return False
    return not recordings or any(_is_awaited(recording) for recording in recordings)


def _is_awaited(recording: Recording) -> bool:
    if recording.status == RecordingStatus.COMPLETED:
        return recording.transcription is None or recording.transcription.status not in TRANSCRIPTION_ENDS
    return recording.status == RecordingStatus.PROCESSING


def _take_over(call: Call, found: TwilioCall) -> None:
    for report in _reports(found):
        services.record_status(call_id=call.call_id, call_sid=found.sid, report=report)
    for recording in gateway().recordings_of(found.sid):
        _take_over_recording(found.sid, recording)


def _settle_submission(call: Call) -> None:
    """Two calls to the same number at the same time cannot be told apart: then nothing is decided."""
    placed = gateway().calls_to(call.to_number, since=call.created_at - CLOCK_DIFFERENCE)
    sids = [found.sid for found in placed]
    ours = set(Call.objects.filter(twilio_sid__in=sids).values_list("twilio_sid", flat=True))
    candidates = [found for found in placed if found.sid not in ours]
    if len(candidates) == 1 and not _has_rival(call):
        _take_over(call, candidates[0])
    elif not candidates and timezone.now() - call.created_at > LISTED_WITHIN:
        services.mark_never_received(call=call)


def _has_rival(call: Call) -> bool:
    """Whether Twilio's call may be that of another of ours, of which we do not know more either."""
    since = call.created_at - CALL_OVER_WITHIN
    same_number = Call.objects.filter(to_number=call.to_number, created_at__gte=since).exclude(pk=call.pk)
    return bool(same_number.filter(submission__in=services.UNSETTLED).exists())


def _reports(found: TwilioCall) -> Iterator[StatusReport]:
    status, now = lifecycle.call_status(found.status), timezone.now()
    at = (found.ended_at if status in FINAL else found.started_at) or now
    if status == CallStatus.COMPLETED and found.duration is not None:
        # Twilio's start_time is set while a call still rings, so it is not when it was answered.
        answered_at = at - timedelta(seconds=found.duration)
        yield StatusReport(CallStatus.IN_PROGRESS, at=answered_at, source="sync", received_at=now)
    yield StatusReport(status, at=at, source="sync", received_at=now, duration=found.duration)


def _take_over_recording(call_sid: str, found: TwilioRecording) -> None:
    now = timezone.now()
    report = RecordingReport(
        recording_sid=found.sid,
        status=found.status,
        url=found.url,
        duration=found.duration,
        channels=found.channels,
        source=found.source,
    )
    services.record_recording(call_sid=call_sid, report=report, at=now)
    known = Recording.objects.filter(twilio_sid=found.sid).first()
    if known and _is_awaited(known):
        _take_over_transcriptions(call_sid, found.sid, now)


def _take_over_transcriptions(call_sid: str, recording_sid: str, now: datetime) -> None:
    for item in gateway().transcriptions_of(recording_sid):
        if item.status in TRANSCRIPTION_ENDS:
            services.record_transcription(
                call_sid=call_sid,
                recording_sid=recording_sid,
                transcription=Transcription(sid=item.sid, text=item.text, status=item.status),
                at=now,
            )
