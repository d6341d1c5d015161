"""Posts webhooks as Twilio does, signed with code of its own and not with the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

FORM = "application/x-www-form-urlencoded"


def signature(url: str, form: dict[str, str], token: str | None = None) -> str:
    text = url + "".join(name + form[name] for name in sorted(form))
    key = settings.TWILIO_AUTH_TOKEN if token is None else token
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def post(path: str, form: dict[str, str], *, token: str | None = None) -> HttpResponse:
    signed = signature(settings.BASE_URL + path, form, token)
    return Client().post(path, urlencode(form), content_type=FORM, HTTP_X_TWILIO_SIGNATURE=signed)  # type: ignore[return-value]


def post_status(call_sid: str, status: str, *, call_id: str = "", **parameters: str) -> HttpResponse:
    path = f"/twilio/status?call_id={call_id}" if call_id else "/twilio/status"
    return post(
        path, {"CallSid": call_sid, "CallStatus": status, "AccountSid": "AC1", "CalledCity": "", **parameters}
    )


def post_recording(
    call_sid: str, recording_sid: str, status: str = "completed", **parameters: str
) -> HttpResponse:
    form = {"CallSid": call_sid, "RecordingSid": recording_sid, "RecordingStatus": status, "ErrorCode": "0"}
    return post("/twilio/recording", form | parameters)


def post_transcription(
    call_sid: str, recording_sid: str, text: str, status: str = "completed"
) -> HttpResponse:
    form = {
        "CallSid": call_sid,
        "RecordingSid": recording_sid,
        "TranscriptionSid": f"TR{recording_sid[2:]}",
        "TranscriptionText": text,
        "TranscriptionStatus": status,
        "url": f"{settings.BASE_URL}/twilio/recording",
    }
    return post("/twilio/recording", form)
