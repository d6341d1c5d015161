from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import requests
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from atlas.twilio.errors import TwilioRejected
from atlas.twilio.gateway import gateway
from calls.errors import RecordingNotFound
from calls.models import Recording
from calls.selectors import recording_with_sid
from users.models import AuditEntry, Staff
from users.services import record_audit

CHUNK = 64 * 1024
PASSED_ON = ("Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "Last-Modified", "ETag")
AUDIO = OpenApiResponse(OpenApiTypes.BINARY, description="The audio, or the part that Range asks for.")
# A player asks for a recording in many parts: all of them within this time are one listening.
ONE_LISTENING = timedelta(minutes=10)


@dataclass(frozen=True)
class Audio:
    """Closed with the answer that streams it, also when that ends before its first byte."""

    source: requests.Response

    def __iter__(self) -> Iterator[bytes]:
        chunks: Iterator[bytes] = self.source.iter_content(CHUNK)
        return chunks

    def close(self) -> None:
        self.source.close()


def listen(recording: Recording, *, listener: object, byte_range: str = "") -> StreamingHttpResponse:
    """
    Twilio's audio, fetched with our credentials by its SID alone: an address that somebody sent is never
    asked. Who listens is kept, or hears nothing. Raises RecordingNotFound and TwilioError.
    """
    try:
        audio = gateway().open_audio(recording.twilio_sid, byte_range=byte_range)
    except TwilioRejected as error:
        raise RecordingNotFound("Twilio does not have the audio (yet)") from error
    with ExitStack() as unless_heard:
        unless_heard.enter_context(audio)
        _record_listening(listener, recording)
        unless_heard.pop_all()
    headers = {name: audio.headers[name] for name in PASSED_ON if name in audio.headers}
    return StreamingHttpResponse(Audio(audio), status=audio.status_code, headers=headers)


def _record_listening(who: object, recording: Recording) -> None:
    """Keeps in the audit log which member of the staff listened; a machine is known by its key."""
    if not isinstance(who, Staff):
        return
    listening = int(timezone.now().timestamp() // ONE_LISTENING.total_seconds())
    record_audit(
        staff=who,
        action=AuditEntry.Action.LISTENED,
        subject=recording.twilio_sid,
        call_sid=recording.call_sid,
        once_key=f"listened:{who.pk}:{recording.twilio_sid}:{listening}",
    )


class RecordingAudioView(APIView):
    required_scopes = {"GET": "calls:read"}
    staff_permission = "calls.listen_recording"

    @extend_schema(
        parameters=[OpenApiParameter("Range", location=OpenApiParameter.HEADER, description="bytes=0-1023")],
        responses={(200, "audio/x-wav"): AUDIO, (206, "audio/x-wav"): AUDIO},
    )
    def get(self, request: Request, recording_sid: str) -> StreamingHttpResponse:
        """The audio of a recording."""
        recording = recording_with_sid(recording_sid)
        return listen(recording, listener=request.user, byte_range=request.headers.get("Range", ""))
