"""Asks Twilio for what its webhooks did not tell. Never places a call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from atlas.twilio.gateway import TwilioCall, gateway
from calls import lifecycle, services
from calls.lifecycle import FINAL, OPEN, CallStatus
from calls.models import Call, Transcription
from calls.services import RecordingReport, StatusReport

# Twilio's clock and ours differ a little, and its list of calls knows whole seconds only.
CLOCK_DIFFERENCE = timedelta(seconds=30)
# Twilio's list is eventually consistent.
LISTED_WITHIN = timedelta(minutes=2)
RECORDINGS_DUE_WITHIN = timedelta(days=1)


def stale_calls(*, older_than: timedelta) -> Iterator[Call]:
    """The calls that should be over by now, then those whose recording should have come by now."""
    deadline = timezone.now() - older_than
    yield from Call.objects.filter(status__in=OPEN, created_at__lt=deadline).order_by("created_at").iterator()
    recent = Call.objects.filter(
        status=CallStatus.COMPLETED,
        created_at__lt=deadline,
        created_at__gte=deadline - RECORDINGS_DUE_WITHIN,
        recording_enabled=True,
        recording_url=None,
        synced_at=None,
    )
    yield from recent.iterator()


def sync_call(*, call: Call) -> Call:
    """Raises TwilioError. A call whose submission is unknown is looked up by its number and time."""
    if call.twilio_sid:
        _take_over(call, gateway().fetch_call(call.twilio_sid))
    elif call.submission in services.UNSETTLED:
        _settle_submission(call)
    return Call.objects.get(pk=call.pk)


def _take_over(call: Call, found: TwilioCall) -> None:
    for report in _reports(found):
        services.record_status(call_id=call.call_id, call_sid=found.sid, report=report)
    _sync_recordings(found.sid)
    services.mark_synced(call=call)


def _settle_submission(call: Call) -> None:
    """Two calls to the same number at the same time cannot be told apart: then nothing is decided."""
    placed = gateway().calls_to(call.to_number, since=call.created_at - CLOCK_DIFFERENCE)
    sids = [found.sid for found in placed]
    ours = set(Call.objects.filter(twilio_sid__in=sids).values_list("twilio_sid", flat=True))
    candidates = [found for found in placed if found.sid not in ours]
    if len(candidates) == 1:
        _take_over(call, candidates[0])
    elif not candidates and timezone.now() - call.created_at > LISTED_WITHIN:
        services.mark_never_received(call=call)


def _reports(found: TwilioCall) -> Iterator[StatusReport]:
    status = lifecycle.call_status(found.status)
    at = _time_of(status, found)
    if status == CallStatus.COMPLETED and found.duration is not None:
        # Twilio's start_time is set while a call still rings, so it is not when it was answered.
        answered_at = at - timedelta(seconds=found.duration)
        yield StatusReport(CallStatus.IN_PROGRESS, at=answered_at, source="sync")
    yield StatusReport(status, at=at, source="sync", duration=found.duration)


def _time_of(status: CallStatus, found: TwilioCall) -> datetime:
    return (found.ended_at if status in FINAL else found.started_at) or timezone.now()


def _sync_recordings(call_sid: str) -> None:
    for recording in gateway().recordings_of(call_sid):
        report = RecordingReport(
            recording_sid=recording.sid,
            status=recording.status,
            url=recording.url,
            duration=recording.duration,
            channels=recording.channels,
            source=recording.source,
        )
        services.record_recording(call_sid=call_sid, report=report)
        for item in gateway().transcriptions_of(recording.sid):
            services.record_transcription(
                call_sid=call_sid,
                recording_sid=recording.sid,
                transcription=Transcription(sid=item.sid, text=item.text, status=item.status),
            )
