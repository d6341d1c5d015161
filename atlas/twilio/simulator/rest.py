"""Twilio's REST API of 2010-04-01: who may ask, which path is what, and what goes wrong on purpose."""

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from . import rest_account, rest_calls, rest_recordings
from .config import API_VERSION
from .faults import Fault
from .keys import EXCHANGE
from .rest_errors import RestError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ACCOUNT = f"/{API_VERSION}/Accounts/{{account_sid}}"
CALL = ACCOUNT + "/Calls/{sid}.json"
CALLS_RECORDING = ACCOUNT + "/Calls/{call_sid}/Recordings/{recording_sid}.json"
RECORDING = ACCOUNT + "/Recordings/{recording_sid}.json"
MEDIA = ACCOUNT + r"/Recordings/{recording_sid:RE\w+}"
TRANSCRIPTION = ACCOUNT + "/Transcriptions/{sid}.json"
RECORDINGS_TRANSCRIPTION = ACCOUNT + "/Recordings/{recording_sid}/Transcriptions/{sid}.json"

# method, path, the operation a fault may name, handler
ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", ACCOUNT + "/Calls.json", "calls.create", rest_calls.create),
    ("GET", ACCOUNT + "/Calls.json", "calls.list", rest_calls.list_calls),
    ("GET", CALL, "calls.fetch", rest_calls.fetch),
    ("POST", CALL, "calls.update", rest_calls.update),
    ("DELETE", CALL, "calls.delete", rest_calls.delete),
    ("GET", ACCOUNT + "/Calls/{call_sid}/Recordings.json", "recordings.list", rest_recordings.list_of_call),
    ("GET", CALLS_RECORDING, "recordings.fetch", rest_recordings.fetch_of_call),
    ("DELETE", CALLS_RECORDING, "recordings.delete", rest_recordings.delete),
    ("GET", ACCOUNT + "/Recordings.json", "recordings.list", rest_recordings.list_recordings),
    ("GET", RECORDING, "recordings.fetch", rest_recordings.fetch),
    ("DELETE", RECORDING, "recordings.delete", rest_recordings.delete),
    ("GET", MEDIA, "recordings.media", rest_recordings.media),
    ("GET", MEDIA + ".wav", "recordings.media", rest_recordings.media),
    ("GET", MEDIA + ".mp3", "recordings.media", rest_recordings.no_mp3),
    (
        "GET",
        ACCOUNT + "/Recordings/{recording_sid}/Transcriptions.json",
        "transcriptions.list",
        rest_recordings.list_of_recording,
    ),
    ("GET", RECORDINGS_TRANSCRIPTION, "transcriptions.fetch", rest_recordings.fetch_transcription),
    ("DELETE", RECORDINGS_TRANSCRIPTION, "transcriptions.delete", rest_recordings.delete_transcription),
    ("GET", ACCOUNT + "/Transcriptions.json", "transcriptions.list", rest_recordings.list_transcriptions),
    ("GET", TRANSCRIPTION, "transcriptions.fetch", rest_recordings.fetch_transcription),
    ("DELETE", TRANSCRIPTION, "transcriptions.delete", rest_recordings.delete_transcription),
    ("GET", ACCOUNT + "/IncomingPhoneNumbers.json", "numbers.list", rest_account.list_numbers),
    ("GET", ACCOUNT + ".json", "account.fetch", rest_account.fetch),
)


def add_routes(app: web.Application) -> None:
    for method, path, operation, handler in ROUTES:
        app.router.add_route(method, path, _guarded(operation, handler))
        if method == "GET":
            app.router.add_route("HEAD", path, _guarded(operation, handler))


def is_authorized(request: web.Request) -> bool:
    config = request.app[EXCHANGE].config
    credentials = base64.b64encode(f"{config.account_sid}:{config.auth_token}".encode()).decode()
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Basic {credentials}".encode())


@web.middleware
async def answer_as_twilio(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error under the API's path has Twilio's shape."""
    if not request.path.startswith(f"/{API_VERSION}"):
        return await handler(request)
    try:
        return await handler(request)
    except RestError as error:
        return error.response()
    except web.HTTPMethodNotAllowed:
        return RestError(20004).response()
    except web.HTTPNotFound:
        is_open = is_authorized(request)
        return (RestError(20404, request.path) if is_open else RestError(20003)).response()


def _guarded(operation: str, handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        exchange = request.app[EXCHANGE]
        is_open_media = operation == "recordings.media" and not exchange.config.require_media_auth
        if not is_open_media and not is_authorized(request):
            raise RestError(20003)
        if request.match_info["account_sid"] != exchange.config.account_sid:
            raise RestError(20404, request.path)
        return await _with_faults(request, handler, list(exchange.faults.on_rest(operation)))

    return guarded


async def _with_faults(request: web.Request, handler: Handler, faults: list[Fault]) -> web.StreamResponse:
    for fault in faults:
        if fault.fault == "rest_slow":
            await asyncio.sleep(fault.pause())
        elif fault.fault == "rest_error":
            raise RestError(fault.code or _code_of(fault.status), request.path, status=fault.status)
    breaking = next((fault for fault in faults if fault.fault in ("rest_reset", "rest_silent")), None)
    if breaking is None:
        return await handler(request)
    is_silent = breaking.fault == "rest_silent"
    performed = is_silent if breaking.performed is None else breaking.performed
    response = await handler(request) if performed else web.Response()
    if is_silent:
        await rest_calls.leave_unanswered(request)
    if request.transport is not None:
        request.transport.abort()
    return response


def _code_of(status: int) -> int:
    return {401: 20003, 404: 20404, 429: 20429, 500: 20500, 503: 20503}.get(status, 20500)
