from collections.abc import Iterator

from aiohttp import web

from .exchange import Exchange
from .keys import EXCHANGE
from .media import WaveAudio
from .models import Recording, Transcription
from .paging import fits_dates, page_response
from .resources import call_recording_json, recording_json, transcription_json
from .rest_calls import find_call
from .rest_errors import RestError

CHUNK = 64 * 1024


async def list_recordings(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    recordings = _recordings(request, reversed(exchange.store.recordings.values()))
    return page_response(request, "recordings", recordings, lambda found: recording_json(exchange, found))


async def list_of_call(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    recordings = _recordings(request, reversed(find_call(request, "call_sid").recordings))
    return page_response(
        request, "recordings", recordings, lambda found: call_recording_json(exchange, found)
    )


async def fetch(request: web.Request) -> web.Response:
    return web.json_response(recording_json(request.app[EXCHANGE], _find_recording(request)))


async def fetch_of_call(request: web.Request) -> web.Response:
    return web.json_response(call_recording_json(request.app[EXCHANGE], _find_recording(request)))


async def delete(request: web.Request) -> web.Response:
    recording = _find_recording(request)
    if recording.status not in ("completed", "absent"):
        raise RestError(20001, "a recording under way cannot be deleted")
    recording.become("deleted")
    return web.Response(status=204)


async def media(request: web.Request) -> web.StreamResponse:
    recording = _find_recording(request)
    if recording.status != "completed" or request.app[EXCHANGE].faults.hide_media(recording):
        raise RestError(20404, request.path)
    if request.query.get("RequestedChannels", "1") not in ("1", str(recording.channels)):
        raise RestError(16113, message="Recording: the requested number of channels is not available")
    audio = WaveAudio(recording.sid, recording.duration or 0)
    start, stop, status = _range(request, audio.size)
    headers = {"Content-Type": "audio/x-wav", "Accept-Ranges": "bytes", "Content-Length": str(stop - start)}
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{audio.size}"
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    if request.method != "HEAD":
        for position in range(start, stop, CHUNK):
            await response.write(audio.read(position, min(position + CHUNK, stop)))
    return response


async def no_mp3(request: web.Request) -> web.Response:
    raise RestError(20404, request.path)


async def list_transcriptions(request: web.Request) -> web.Response:
    return _transcriptions(request, reversed(request.app[EXCHANGE].store.transcriptions.values()))


async def list_of_recording(request: web.Request) -> web.Response:
    return _transcriptions(request, reversed(_find_recording(request).transcriptions))


async def fetch_transcription(request: web.Request) -> web.Response:
    return web.json_response(transcription_json(request.app[EXCHANGE], _find_transcription(request)))


async def delete_transcription(request: web.Request) -> web.Response:
    request.app[EXCHANGE].store.remove_transcription(_find_transcription(request))
    return web.Response(status=204)


def _range(request: web.Request, size: int) -> tuple[int, int, int]:
    """Where to begin, where to stop, and the status. Raises 416 for what lies outside."""
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(0, 0)
    if "Range" not in request.headers:
        return 0, size, 200
    start, stop, _ = wanted.indices(size)
    if start >= stop:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return start, stop, 206


def _recordings(request: web.Request, found: Iterator[Recording]) -> Iterator[Recording]:
    for recording in found:
        if (
            _is_shown(request, recording)
            and request.query.get("CallSid", recording.call.sid) == recording.call.sid
            and not request.query.get("ConferenceSid")
            and fits_dates(request, "DateCreated", recording.started_at)
        ):
            yield recording


def _find_recording(request: web.Request) -> Recording:
    recording = request.app[EXCHANGE].store.recordings.get(request.match_info["recording_sid"])
    call_sid = request.match_info.get("call_sid")
    is_elsewhere = recording is not None and call_sid not in (None, recording.call.sid)
    if recording is None or is_elsewhere or not _is_shown(request, recording):
        raise RestError(20404, request.path)
    return recording


def _is_shown(request: web.Request, recording: Recording) -> bool:
    return recording.status != "deleted" or request.query.get("IncludeSoftDeleted") == "true"


def _find_transcription(request: web.Request) -> Transcription:
    transcription = request.app[EXCHANGE].store.transcriptions.get(request.match_info["sid"])
    recording_sid = request.match_info.get("recording_sid")
    if transcription is None or recording_sid not in (None, transcription.recording.sid):
        raise RestError(20404, request.path)
    return transcription


def _transcriptions(request: web.Request, found: Iterator[Transcription]) -> web.Response:
    exchange: Exchange = request.app[EXCHANGE]
    wanted = (item for item in found if fits_dates(request, "DateCreated", item.created_at))
    return page_response(request, "transcriptions", wanted, lambda item: transcription_json(exchange, item))
