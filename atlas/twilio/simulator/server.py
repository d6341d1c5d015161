import asyncio
import os
import signal
import sys

from aiohttp import web

from . import control, rest
from .clock import Clock
from .config import SimulatorConfig
from .exchange import Exchange
from .keys import EXCHANGE, STARTED_AT, SWITCHBOARD
from .switchboard import Switchboard

READY = "Twilio simulator is ready on"


def run(config: SimulatorConfig) -> None:
    """Serves until SIGTERM, SIGINT or, with `exit_with_parent`, the end of standard input.

    Raises OSError when the address cannot be listened on.
    """
    asyncio.run(_serve(config))


def create_app(exchange: Exchange) -> web.Application:
    app = web.Application(middlewares=[rest.answer_as_twilio, control.answer_control])
    app[EXCHANGE] = exchange
    app[SWITCHBOARD] = Switchboard(exchange)
    app[STARTED_AT] = Clock.now()
    rest.add_routes(app)
    control.add_routes(app)
    return app


async def _serve(config: SimulatorConfig) -> None:
    stop = _stop_event(config)
    exchange = Exchange(config)
    runner = web.AppRunner(create_app(exchange), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.host, config.port)
        await site.start()
        address = _address(config, runner)
        exchange.base_url = config.public_url.rstrip("/") or address
        print(READY, address, flush=True)  # noqa: T201
        await stop.wait()
    finally:
        await exchange.background.cancel_all()
        await runner.cleanup()
        await exchange.sender.close()


def _address(config: SimulatorConfig, runner: web.AppRunner) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{runner.addresses[0][1]}"


def _stop_event(config: SimulatorConfig) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if config.exit_with_parent:
        loop.add_reader(sys.stdin.fileno(), _read_from_parent, stop)
    return stop


def _read_from_parent(stop: asyncio.Event) -> None:
    """The parent holds the other end of this pipe; it closes when the parent ends, however it ends."""
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()
