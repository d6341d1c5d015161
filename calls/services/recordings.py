from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Case, DateTimeField, F, Q, When
from django.db.models.functions import Greatest

from atlas.mongodb.expressions import IfNull
from atlas.mongodb.prepared import PreparedFind, PreparedUpdate
from atlas.mongodb.slots import Parameter
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
    call = _call_of_recording()(twilio_sid=call_sid)
    if call is None:
        return Outcome.UNMATCHED
    status = lifecycle.recording_status(report.status)
    _record_on_call(call, status, report.trusted_url, at)
    values = _values(report, status)
    first_heard = {"call": call.pk, "call_sid": call_sid, "at": at}
    written = _report(frozenset(values))(twilio_sid=report.recording_sid, **first_heard, **values)
    return Outcome.APPLIED if written.changed else _unchanged(report.recording_sid, status)


def record_transcription(
    *, call_sid: str, recording_sid: str, transcription: Transcription, at: datetime
) -> Outcome:
    """`at` is when we heard of it."""
    call = _call_of_recording()(twilio_sid=call_sid)
    if call is None:
        return Outcome.UNMATCHED
    first_heard = {"call": call.pk, "call_sid": call_sid, "at": at}
    written = _transcription()(twilio_sid=recording_sid, transcription=transcription, **first_heard)
    return Outcome.APPLIED if written.changed else Outcome.REPEATED


def _record_on_call(call: Call, status: RecordingStatus, url: str | None, at: datetime) -> None:
    """Nothing, where the call shows it already or has a better one; so a repetition costs no command."""
    is_audio = status == RecordingStatus.COMPLETED
    is_better = call.recording_status not in (RecordingStatus.COMPLETED, status)
    if is_better or (is_audio and url and not call.recording_url):
        _best_of_call(is_audio)(pk=call.pk, recording_status=status, url=url, at=at)


def _values(report: RecordingReport, status: RecordingStatus) -> dict[str, Any]:
    values = {
        "status": status,
        "recording_status": report.status,
        "recording_url": report.trusted_url,
        "duration": report.duration,
        "channels": report.channels,
        "source": report.source,
    }
    return {name: value for name, value in values.items() if value is not None}


def _unchanged(recording_sid: str, status: RecordingStatus) -> Outcome:
    recording = _recording()(twilio_sid=recording_sid)
    return Outcome.REPEATED if recording and recording.status == status else Outcome.LATE


@cache
def _call_of_recording() -> PreparedFind[Call]:
    calls = Call.objects.filter(twilio_sid=Parameter("twilio_sid"))
    return calls.prepared_find("recording_status", "recording_url")


@cache
def _recording() -> PreparedFind[Recording]:
    return Recording.objects.filter(twilio_sid=Parameter("twilio_sid")).prepared_find("status")


@cache
def _best_of_call(is_audio: bool) -> PreparedUpdate:
    has_audio = When(recording_status=RecordingStatus.COMPLETED, then=F("recording_status"))
    changes: dict[str, Any] = {
        "recording_status": Case(has_audio, default=Parameter("recording_status")),
        "updated_at": Greatest("updated_at", Parameter("at", DateTimeField())),
    }
    if is_audio:
        changes["recording_url"] = IfNull("recording_url", Parameter("url"))
    return Call.objects.filter(pk=Parameter("pk", Call._meta.pk)).prepared_update(**changes)


@cache
def _report(names: frozenset[str]) -> PreparedUpdate:
    """Of what Twilio told us; a recording that is settled stays as it is."""
    reported = {name: Parameter(name, Recording._meta.get_field(name)) for name in sorted(names)}
    is_news = Q(recording_status=None) | ~(Q(status__in=SETTLED) | Q(status=reported["status"]))
    return _upsert(is_news, reported)


@cache
def _transcription() -> PreparedUpdate:
    transcription = Parameter("transcription", Recording._meta.get_field("transcription"))
    status = IfNull("status", RecordingStatus.PROCESSING)
    return _upsert(~Q(transcription=transcription), {"transcription": transcription, "status": status})


def _upsert(is_news: Q, changes: dict[str, Any]) -> PreparedUpdate:
    """Twilio may tell us of the transcription before it tells us of the recording."""
    values = {
        "call": Parameter("call", Call._meta.pk),
        "call_sid": Parameter("call_sid"),
        "created_at": IfNull("created_at", Parameter("at")),
        "updated_at": Greatest("updated_at", Parameter("at", DateTimeField())),
    }
    recordings = Recording.objects.filter(twilio_sid=Parameter("twilio_sid"))
    return recordings.prepared_update(upsert=True, only_if=is_news, **values, **changes)
