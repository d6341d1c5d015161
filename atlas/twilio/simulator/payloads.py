"""The form parameters of Twilio's webhooks, key by key as Twilio posts them; empty values are sent too."""

from email.utils import format_datetime

from .clock import Clock
from .config import API_VERSION
from .models import Call, Recording, Transcription

SIP_CODES = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}


def call_form(call: Call) -> dict[str, str]:
    """What every request about the call itself carries."""
    form = {
        "AccountSid": call.account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": "outbound-api",
        **_party("From", "Caller", call.from_number),
        **_party("To", "Called", call.to),
    }
    if call.answered_by:
        form["AnsweredBy"] = call.answered_by
    return form


def _party(name: str, alias: str, number: str) -> dict[str, str]:
    country = "US" if number.startswith("+1") else ""
    form = {name: number, alias: number}
    for prefix in (name, alias):
        form |= {f"{prefix}{part}": "" for part in ("City", "State", "Zip")}
        form[f"{prefix}Country"] = country
    return form


def status_form(call: Call, status: str) -> dict[str, str]:
    form = call_form(call) | {
        "CallStatus": status,
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.callbacks_fired),
        "Timestamp": format_datetime(Clock.now()),
    }
    if call.is_over:
        minutes = -(-call.duration // 60)
        form |= {
            "Duration": str(minutes),
            "CallDuration": str(call.duration),
            "SipResponseCode": SIP_CODES[status],
        }
    return form


def rest_recording_form(recording: Recording, url: str) -> dict[str, str]:
    """What `completed` also carries when the call was made with Record=true."""
    return {
        "RecordingUrl": url,
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.duration or 0),
    }


def recording_form(recording: Recording, url: str, status: str) -> dict[str, str]:
    form = {
        "RecordingSource": recording.source,
        "RecordingSid": recording.sid,
        "RecordingUrl": url,
        "RecordingStatus": status,
        "RecordingChannels": str(recording.channels),
        "ErrorCode": str(recording.error_code or 0),
        "CallSid": recording.call.sid,
        "RecordingStartTime": format_datetime(recording.started_at),
        "AccountSid": recording.call.account_sid,
    }
    if status == "completed":
        form["RecordingDuration"] = str(recording.duration)
    return form


def transcription_form(transcription: Transcription, recording_url: str, callback_url: str) -> dict[str, str]:
    recording = transcription.recording
    call = recording.call
    return {
        "ApiVersion": API_VERSION,
        "TranscriptionType": "fast",
        "TranscriptionUrl": f"{recording_url}/Transcriptions/{transcription.sid}",
        "TranscriptionSid": transcription.sid,
        "Called": call.to,
        "RecordingSid": recording.sid,
        "CallStatus": call.status,
        "RecordingUrl": recording_url,
        "From": call.from_number,
        "Direction": "outbound-api",
        "url": callback_url,
        "AccountSid": call.account_sid,
        "TranscriptionText": transcription.text or "" if transcription.status == "completed" else "",
        "Caller": call.from_number,
        "TranscriptionStatus": transcription.status,
        "CallSid": call.sid,
        "To": call.to,
    }
