"""The one way to Twilio's REST API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http import HTTPStatus

import requests
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.recording import RecordingInstance

from atlas.twilio.errors import TwilioError, TwilioOutcomeUnknown, TwilioRejected, TwilioUnavailable

# Each event is a parameter of its own: one value "initiated ringing" places the call and no callback
# ever comes (Twilio error 21626).
STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]
CALL_NOT_IN_PROGRESS = 21220
NOT_FOUND = 20404


@dataclass(frozen=True)
class TwilioCall:
    """A call as Twilio knows it: `status` is Twilio's word, `duration` is in seconds."""

    sid: str
    status: str
    to: str
    started_at: datetime | None
    ended_at: datetime | None
    duration: int | None


@dataclass(frozen=True)
class TwilioRecording:
    sid: str
    status: str
    url: str
    duration: int | None
    channels: int | None
    source: str


@dataclass(frozen=True)
class TwilioTranscription:
    sid: str
    status: str
    text: str


class TwilioGateway:
    """Every method raises TwilioRejected, TwilioUnavailable or TwilioOutcomeUnknown."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str, timeout: float) -> None:
        self.timeout = timeout
        self._auth = (account_sid, auth_token)
        self._client = Client(
            account_sid or "unset", auth_token or "unset", http_client=TwilioHttpClient(timeout=timeout)
        )
        if api_url:
            self._client.api.base_url = api_url
        self._media_url = f"{self._client.api.base_url}/2010-04-01/Accounts/{account_sid}/Recordings"
        self._media = requests.Session()

    def place_call(self, *, to: str, voice_url: str, status_url: str) -> TwilioCall:
        """Never repeated here: a create that timed out may have dialled."""
        with _translated_errors():
            call = self._client.calls.create(
                to=to,
                from_=settings.TWILIO_FROM_NUMBER,
                url=voice_url,
                status_callback=status_url,
                status_callback_event=STATUS_EVENTS,
            )
        return _call(call)

    def hang_up(self, call_sid: str) -> TwilioCall:
        with _translated_errors():
            return _call(self._client.calls(call_sid).update(status="completed"))

    def fetch_call(self, call_sid: str) -> TwilioCall:
        with _translated_errors():
            return _call(self._client.calls(call_sid).fetch())

    def calls_to(self, number: str, *, since: datetime) -> list[TwilioCall]:
        """The calls to `number` that were started at `since` or after."""
        with _translated_errors():
            return [_call(call) for call in self._client.calls.list(to=number, start_time_after=since)]

    def recordings_of(self, call_sid: str) -> list[TwilioRecording]:
        with _translated_errors():
            return [_recording(item) for item in self._client.recordings.list(call_sid=call_sid)]

    def transcriptions_of(self, recording_sid: str) -> list[TwilioTranscription]:
        with _translated_errors():
            found = self._client.recordings(recording_sid).transcriptions.list()
        return [TwilioTranscription(t.sid or "", str(t.status), t.transcription_text or "") for t in found]

    def delete_call(self, call_sid: str) -> None:
        """Twilio: its recordings and transcriptions stay. What is gone already is no error."""
        with _unless_gone(), _translated_errors():
            self._client.calls(call_sid).delete()

    def delete_recording(self, recording_sid: str) -> None:
        with _unless_gone(), _translated_errors():
            self._client.recordings(recording_sid).delete()

    def delete_transcription(self, transcription_sid: str) -> None:
        with _unless_gone(), _translated_errors():
            self._client.transcriptions(transcription_sid).delete()

    def own_numbers(self) -> list[str]:
        with _translated_errors():
            return [number.phone_number or "" for number in self._client.incoming_phone_numbers.list()]

    def account_status(self, *, timeout: float) -> str:
        """Twilio's word for the account, such as "active"; `timeout` in seconds."""
        url = f"{self._client.api.base_url}/2010-04-01/Accounts/{self._auth[0]}.json"
        with _translated_errors():
            answer = self._media.get(url, auth=self._auth, timeout=timeout)
        if answer.status_code != HTTPStatus.OK:
            raise _error(answer.status_code, answer.status_code, "The account could not be read")
        with _translated_errors():  # a proxy's page is no answer of Twilio's
            return str(answer.json().get("status", "unknown"))

    def open_audio(self, recording_sid: str, *, byte_range: str = "") -> requests.Response:
        """The audio as a streamed answer (200, 206 or 416), which the caller closes."""
        headers = {"Accept-Encoding": "identity", **({"Range": byte_range} if byte_range else {})}
        with _translated_errors():
            answer = self._media.get(
                f"{self._media_url}/{recording_sid}",
                auth=self._auth,
                headers=headers,
                stream=True,
                timeout=self.timeout,
            )
        passed_on = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        if answer.status_code in passed_on:
            return answer
        answer.close()
        code = NOT_FOUND if answer.status_code == HTTPStatus.NOT_FOUND else answer.status_code
        raise _error(answer.status_code, code, "Twilio does not have this audio")


def gateway() -> TwilioGateway:
    return _gateway(
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKEN,
        settings.TWILIO_API_URL,
        settings.TWILIO_TIMEOUT,
    )


# Built when first asked for, so after a fork: an HTTP session must not be shared between processes.
_gateway: Callable[[str, str, str, float], TwilioGateway] = cache(TwilioGateway)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except TwilioRestException as error:
        raise _error(error.status, error.code or error.status, error.msg) from error
    except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
        raise TwilioUnavailable("Twilio could not be reached. Try again later.") from error
    except requests.ConnectionError as error:
        raise _connection_error(error) from error
    except TwilioException as error:
        raise _list_error(error) from error
    except requests.RequestException as error:
        raise TwilioOutcomeUnknown("Twilio did not answer in time.") from error


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except TwilioRejected as error:
        if error.twilio_code != NOT_FOUND:
            raise


def _error(status: int, code: int, message: str) -> TwilioRejected | TwilioUnavailable:
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TwilioUnavailable(f"Twilio is not available (HTTP {status}). Try again later.")
    return TwilioRejected(f"Twilio error {code}: {message}", twilio_code=code)


def _list_error(error: TwilioException) -> TwilioError:
    """Twilio's client says of a list that failed no more than the answer, as a second argument."""
    answer = error.args[1] if len(error.args) > 1 else None
    if not isinstance(answer, Response):
        return TwilioOutcomeUnknown("Twilio's answer could not be read.")
    try:
        body = json.loads(answer.text)
    except ValueError:
        body = {}
    return _error(
        answer.status_code, body.get("code", answer.status_code), body.get("message", "No list came")
    )


def _connection_error(error: requests.ConnectionError) -> TwilioUnavailable | TwilioOutcomeUnknown:
    # urllib3 names a connection that was never made; any other break may have come after the request.
    if "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
        return TwilioUnavailable("Twilio could not be reached. Try again later.")
    return TwilioOutcomeUnknown("The connection to Twilio broke before it answered.")


def _call(call: CallInstance) -> TwilioCall:
    return TwilioCall(
        sid=call.sid or "",
        status=str(call.status),
        to=call.to or "",
        started_at=call.start_time,
        ended_at=call.end_time,
        duration=int(call.duration) if call.duration else None,
    )


def _recording(recording: RecordingInstance) -> TwilioRecording:
    return TwilioRecording(
        sid=recording.sid or "",
        status=str(recording.status),
        url=(recording.media_url or "").removesuffix(".json"),
        duration=int(recording.duration) if recording.duration else None,
        channels=int(recording.channels) if recording.channels else None,
        source=str(recording.source),
    )
