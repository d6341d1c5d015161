from __future__ import annotations

from collections.abc import Iterator

import requests
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from atlas.twilio.errors import TwilioRejected
from atlas.twilio.gateway import gateway
from calls.errors import RecordingNotFound
from calls.selectors import recording_with_sid

CHUNK = 64 * 1024
PASSED_ON = ("Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "Last-Modified", "ETag")
AUDIO = OpenApiResponse(OpenApiTypes.BINARY, description="The audio, or the part that Range asks for.")


def open_audio(recording_sid: str, *, byte_range: str = "") -> StreamingHttpResponse:
    """
    Twilio's audio, fetched with our credentials by its SID alone: an address that somebody sent is never
    asked. Raises RecordingNotFound and TwilioError.
    """
    try:
        audio = gateway().open_audio(recording_sid, byte_range=byte_range)
    except TwilioRejected as error:
        raise RecordingNotFound("Twilio does not have the audio (yet)") from error
    headers = {name: audio.headers[name] for name in PASSED_ON if name in audio.headers}
    return StreamingHttpResponse(_chunks(audio), status=audio.status_code, headers=headers)


def _chunks(audio: requests.Response) -> Iterator[bytes]:
    with audio:
        yield from audio.iter_content(CHUNK)


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
        return open_audio(recording.twilio_sid, byte_range=request.headers.get("Range", ""))
