"""The endpoints under /simulator/, by which tests and demos see the truth and make things go wrong."""

import asyncio
import contextlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aiohttp import web

from .call_requests import canonical_number
from .faults import parse_fault
from .json_fields import BadFields, Reader, number, one_of, read_fields, whole_number
from .keys import EXCHANGE
from .magic_numbers import MAGIC_NUMBERS
from .models import Attempt, Call, Delivery, Recording, StatusChange, Utterance
from .rest import Handler, is_authorized
from .scenarios import parse_scenario

SETTINGS: dict[str, Reader] = {"speed": number(0, 10_000), "calls_per_second": number(0, 10_000)}
DRAIN: dict[str, Reader] = {"timeout": number(0, 600)}
RELEASE: dict[str, Reader] = {"order": one_of("fifo", "reversed", "shuffled"), "seed": whole_number(0, 2**32)}


@web.middleware
async def answer_control(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not request.path.startswith("/simulator/"):
        return await handler(request)
    if not request.app[EXCHANGE].config.is_loopback and not is_authorized(request):
        headers = {"WWW-Authenticate": 'Basic realm="Twilio simulator"'}
        return web.json_response({"error": "account SID and auth token, please"}, status=401, headers=headers)
    try:
        return await handler(request)
    except BadFields as error:
        return web.json_response({"error": "bad fields", "fields": error.fields}, status=400)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=error.status)


async def health(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    return web.json_response(
        {
            "status": "ok",
            "calls": len(exchange.store.calls),
            "under_way": exchange.background.under_way,
            "held_callbacks": exchange.callbacks.held_count,
            "failures": exchange.background.failures,
            "speed": exchange.clock.speed,
            "calls_per_second": exchange.calls_per_second,
        }
    )


async def list_calls(request: web.Request) -> web.Response:
    return _json({"calls": [_call(call) for call in request.app[EXCHANGE].store.calls.values()]})


async def fetch_call(request: web.Request) -> web.Response:
    call = request.app[EXCHANGE].store.calls.get(request.match_info["sid"])
    if call is None:
        raise web.HTTPNotFound(reason="no such call")
    return _json(_call(call))


async def debugger(request: web.Request) -> web.Response:
    return web.json_response({"entries": request.app[EXCHANGE].debugger.entries()})


async def list_faults(request: web.Request) -> web.Response:
    return web.json_response({"faults": [fault.as_json() for fault in request.app[EXCHANGE].faults.active]})


async def add_fault(request: web.Request) -> web.Response:
    fault = parse_fault(await _body(request))
    request.app[EXCHANGE].faults.add(fault)
    return web.json_response(fault.as_json(), status=201)


async def clear_faults(request: web.Request) -> web.Response:
    """What is held is sent, so that nothing is lost by ending a fault."""
    exchange = request.app[EXCHANGE]
    exchange.faults.clear()
    return web.json_response({"released": exchange.callbacks.release()})


async def release(request: web.Request) -> web.Response:
    options = read_fields(await _body(request), RELEASE)
    return web.json_response({"released": request.app[EXCHANGE].callbacks.release(**options)})


async def list_scenarios(request: web.Request) -> web.Response:
    scenarios = MAGIC_NUMBERS | request.app[EXCHANGE].scenarios
    return web.json_response({"scenarios": {number: asdict(found) for number, found in scenarios.items()}})


async def put_scenario(request: web.Request) -> web.Response:
    called = canonical_number(request.match_info["number"])
    if not called:
        raise BadFields({"number": "must be a phone number such as +14155550123"})
    scenario = parse_scenario(await _body(request))
    request.app[EXCHANGE].scenarios[called] = scenario
    return web.json_response(asdict(scenario))


async def change_settings(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    settings = read_fields(await _body(request), SETTINGS)
    if "speed" in settings:
        exchange.clock.speed = settings["speed"]
    if "calls_per_second" in settings:
        exchange.limit_calls_per_second(settings["calls_per_second"])
    return await health(request)


async def reset(request: web.Request) -> web.Response:
    """As if it had just been started: calls end without a word, faults and scenarios are forgotten."""
    exchange = request.app[EXCHANGE]
    exchange.faults.clear()
    exchange.callbacks.forget_held()
    await exchange.background.cancel_all()
    exchange.store.clear()
    exchange.debugger.clear()
    exchange.scenarios.clear()
    exchange.clock.speed = exchange.config.speed
    exchange.limit_calls_per_second(exchange.config.calls_per_second)
    return await health(request)


async def drain(request: web.Request) -> web.Response:
    """Waits until no call and no callback is under way; calls that wait for an order do not count."""
    exchange = request.app[EXCHANGE]
    timeout = read_fields(await _body(request), DRAIN).get("timeout", 30)
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(exchange.background.wait_until_idle(), timeout)
    is_idle = exchange.background.under_way == 0
    waiting = [call.sid for call in exchange.store.calls.values() if not call.is_over]
    body = {"idle": is_idle, "calls_not_over": waiting, "held_callbacks": exchange.callbacks.held_count}
    return web.json_response(body, status=200 if is_idle else 504)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/simulator/health", health)
    app.router.add_get("/simulator/calls", list_calls)
    app.router.add_get("/simulator/calls/{sid}", fetch_call)
    app.router.add_get("/simulator/debugger", debugger)
    app.router.add_get("/simulator/faults", list_faults)
    app.router.add_post("/simulator/faults", add_fault)
    app.router.add_delete("/simulator/faults", clear_faults)
    app.router.add_post("/simulator/faults/release", release)
    app.router.add_get("/simulator/scenarios", list_scenarios)
    app.router.add_put("/simulator/scenarios/{number}", put_scenario)
    app.router.add_patch("/simulator/settings", change_settings)
    app.router.add_post("/simulator/reset", reset)
    app.router.add_post("/simulator/drain", drain)


async def _body(request: web.Request) -> Any:
    """JSON only: a web page of another site may not send that without asking."""
    if not request.body_exists:
        return {}
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(reason="the body must be application/json")
    try:
        return await request.json()
    except ValueError:
        raise web.HTTPBadRequest(reason="the body is not JSON") from None


def _call(call: Call) -> dict[str, Any]:
    return {
        "sid": call.sid,
        "to": call.to,
        "from": call.from_number,
        "status": call.status,
        "duration": call.duration,
        "history": call.history,
        "spoken": call.utterances,
        "recordings": [_recording(recording) for recording in call.recordings],
        "deliveries": call.deliveries,
    }


def _recording(recording: Recording) -> dict[str, Any]:
    return {
        "sid": recording.sid,
        "status": recording.status,
        "duration": recording.duration,
        "source": recording.source,
        "transcriptions": [
            {"sid": found.sid, "status": found.status, "text": found.text}
            for found in recording.transcriptions
        ],
    }


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_response(body, dumps=lambda value: json.dumps(value, default=_as_json))


def _as_json(value: StatusChange | Utterance | Delivery | Attempt | datetime) -> Any:
    return value.isoformat() if isinstance(value, datetime) else vars(value)
