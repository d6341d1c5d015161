import asyncio
from collections.abc import Iterator

from aiohttp import web
from multidict import MultiDict

from .call_requests import Form
from .keys import EXCHANGE, SWITCHBOARD
from .models import Call
from .paging import fits_dates, page_response
from .resources import call_json
from .rest_errors import RestError

LOST_ANSWER_SECONDS = 600


async def create(request: web.Request) -> web.Response:
    call = request.app[SWITCHBOARD].place(await _form(request))
    if call.scenario.answer_lost:
        await leave_unanswered(request)
    return web.json_response(call_json(request.app[EXCHANGE], call), status=201)


async def fetch(request: web.Request) -> web.Response:
    return web.json_response(call_json(request.app[EXCHANGE], find_call(request)))


async def update(request: web.Request) -> web.Response:
    call = find_call(request)
    request.app[SWITCHBOARD].update(call, await _form(request))
    return web.json_response(call_json(request.app[EXCHANGE], call))


async def delete(request: web.Request) -> web.Response:
    """Twilio: the recordings and transcriptions of a deleted call stay."""
    call = find_call(request)
    if not call.is_over:
        raise RestError(20001, "a call under way cannot be deleted")
    del request.app[EXCHANGE].store.calls[call.sid]
    return web.Response(status=204)


async def list_calls(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    return page_response(request, "calls", _wanted(request), lambda call: call_json(exchange, call))


def find_call(request: web.Request, name: str = "sid") -> Call:
    call = request.app[EXCHANGE].store.calls.get(request.match_info[name])
    if call is None:
        raise RestError(20404, request.path)
    return call


async def leave_unanswered(request: web.Request) -> None:
    """Lets the client wait until it gives up."""
    for _ in range(LOST_ANSWER_SECONDS * 10):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.1)


async def _form(request: web.Request) -> Form:
    posted = await request.post()
    return MultiDict((name, value) for name, value in posted.items() if isinstance(value, str))


def _wanted(request: web.Request) -> Iterator[Call]:
    query = request.query
    for call in reversed(request.app[EXCHANGE].store.calls.values()):
        if (
            query.get("To", call.to) == call.to
            and query.get("From", call.from_number) == call.from_number
            and query.get("Status", call.status) == call.status
            and not query.get("ParentCallSid")
            and fits_dates(request, "StartTime", call.dialed_at)
            and fits_dates(request, "EndTime", call.ended_at)
        ):
            yield call
