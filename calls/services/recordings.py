from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from atlas.mongodb.expressions import IfNull
from atlas.twilio.hosts import is_twilios
from calls import lifecycle
from calls.lifecycle import Outcome, RecordingStatus
from calls.models import Call, Recording, Transcription

SETTLED = [RecordingStatus.COMPLETED, RecordingStatus.FAILED, RecordingStatus.ABSENT]


@dataclass(frozen=True)
class RecordingReport:
    """`status` is Twilio's word, `duration` is in seconds."""

    recording_sid: str
    status: str
    url: str | None = None
    duration: int | None = None
    channels: int | None = None
    source: str | None = None

    @property
    def trusted_url(self) -> str | None:
        """None for an address that is not Twilio's: somebody might follow it one day."""
        return self.url if self.url and is_twilios(self.url) else None


def record_recording(*, call_sid: str, report: RecordingReport, at: datetime) -> Outcome:
    """`at` is when we heard of it."""
    status = lifecycle.recording_status(report.status)
    has_audio = When(recording_status=RecordingStatus.COMPLETED, then=F("recording_status"))
    changes: dict[str, Any] = {
        "recording_status": Case(has_audio, default=Value(status)),
        "updated_at": Greatest("updated_at", Value(at)),
    }
    if status == RecordingStatus.COMPLETED and report.trusted_url:
        changes["recording_url"] = IfNull("recording_url", report.trusted_url)
    call = Call.objects.filter(twilio_sid=call_sid).find_one_and_update(**changes)
    if call is None:
        return Outcome.UNMATCHED
    known = _upsert(call, report.recording_sid, _reported(report, status), at)
    return _outcome(status, known.status if known and known.recording_status else None)


def record_transcription(
    *, call_sid: str, recording_sid: str, transcription: Transcription, at: datetime
) -> Outcome:
    """`at` is when we heard of it."""
    call = Call.objects.filter(twilio_sid=call_sid).only("id", "twilio_sid").order_by().first()
    if call is None:
        return Outcome.UNMATCHED
    known = _upsert(call, recording_sid, {"transcription": transcription}, at)
    repeated = known is not None and known.transcription == transcription
    return Outcome.REPEATED if repeated else Outcome.APPLIED


def _upsert(call: Call, recording_sid: str, changes: dict[str, Any], at: datetime) -> Recording | None:
    """Writes the recording and returns it as it was before, None if this is the first that we hear of it."""
    first_heard = {
        "call": call,
        "call_sid": call.twilio_sid,
        "created_at": IfNull("created_at", at),
        "status": IfNull("status", RecordingStatus.PROCESSING),
    }
    values = first_heard | {"updated_at": Greatest("updated_at", Value(at))} | changes
    return Recording.objects.filter(twilio_sid=recording_sid).find_one_and_update(upsert=True, **values)


def _reported(report: RecordingReport, status: RecordingStatus) -> dict[str, Any]:
    settled = Q(status__in=SETTLED)
    values = {
        "status": status,
        "recording_status": report.status,
        "recording_url": report.trusted_url,
        "duration": report.duration,
        "channels": report.channels,
        "source": report.source,
    }
    return {
        name: Case(When(settled, then=F(name)), default=Value(value))
        for name, value in values.items()
        if value is not None
    }


def _outcome(status: RecordingStatus, before: str | None) -> Outcome:
    if before is None:
        return Outcome.APPLIED
    if before == status:
        return Outcome.REPEATED
    return Outcome.LATE if before in SETTLED else Outcome.APPLIED
