"""The forms of Twilio's webhooks, with all that Twilio posts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from django.conf import settings

from calls.lifecycle import FINAL, CallStatus
from webhooks.bench.subjects import Subject

# Of now: what happened long ago counts its day anew.
START = datetime.now(timezone.utc)


def call_form(subject: Subject, status: CallStatus) -> dict[str, str]:
    return {
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "CallSid": subject.call_sid,
        "CallStatus": status.value,
        "Direction": "outbound-api",
        **_party("From", "Caller", settings.TWILIO_FROM_NUMBER),
        **_party("To", "Called", subject.phone_number),
    }


def _party(name: str, alias: str, number: str) -> dict[str, str]:
    parts = {f"{prefix}{part}": "" for prefix in (name, alias) for part in ("City", "State", "Zip")}
    return {name: number, alias: number, **parts, f"{name}Country": "US", f"{alias}Country": "US"}


def status_form(subject: Subject, status: CallStatus, *, sequence: int) -> dict[str, str]:
    form = call_form(subject, status) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": format_datetime(START + timedelta(seconds=sequence)),
    }
    ended = {"Duration": "1", "CallDuration": "40", "SipResponseCode": "200"}
    return form | ended if status in FINAL else form


def recording_form(subject: Subject, url: str) -> dict[str, str]:
    return {
        "RecordingSource": "RecordVerb",
        "RecordingSid": subject.recording_sid,
        "RecordingUrl": url,
        "RecordingStatus": "completed",
        "RecordingChannels": "1",
        "ErrorCode": "0",
        "CallSid": subject.call_sid,
        "RecordingStartTime": format_datetime(START),
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "RecordingDuration": "30",
    }
