"""
Calls in flight while something breaks: at the end each must be as Twilio knows it.

`python -m webhooks.tests.chaos [--runs 20] [--calls 50] [--seed 7]` breaks something else in each run and
prints a table; `make chaos` runs it. The suite runs a short form of it.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from webhooks.tests.database_proxy import Fault
from webhooks.tests.world import World, wait_until

Break = Callable[[World], AbstractContextManager[None]]

SPEED = 4.0
# Seconds that something stays broken; a call lasts about six at this speed.
LEAST, MOST = 2.0, 5.0
# A busy machine takes its time to apply what has waited.
PATIENCE = 300.0
# Twilio repeats a status callback; one of a recording, whose URL has no overrides, only if nobody listened.
# What is lost while the web server is dead, only sync_calls can find.
NUMBERS = ["+14155550123"] * 12 + [f"+1415555200{digit}" for digit in (1, 2, 4, 5, 6, 8)]


@contextmanager
def database_stopped(world: World) -> Iterator[None]:
    world.database.stop_server()
    try:
        yield
    finally:
        world.start_database()


@contextmanager
def database_killed(world: World) -> Iterator[None]:
    world.kill_database()
    try:
        yield
    finally:
        world.start_database()


@contextmanager
def web_killed(world: World) -> Iterator[None]:
    world.kill_web()
    try:
        yield
    finally:
        world.start_web()


@contextmanager
def web_killed_without_database(world: World) -> Iterator[None]:
    with faulty(world, Fault.SILENT):
        wait_until(lambda: world.waiting() > 0)
        world.kill_web()
        world.start_web()
        yield


@contextmanager
def faulty(world: World, fault: Fault) -> Iterator[None]:
    world.proxy.fault = fault
    try:
        yield
    finally:
        world.proxy.fault = Fault.NONE


@contextmanager
def database_killed_while_catching_up(world: World) -> Iterator[None]:
    """Two outages, the second as soon as the first has left something to apply."""
    with faulty(world, Fault.GONE):
        wait_until(lambda: world.waiting() > 0)
    with database_killed(world):
        yield


@contextmanager
def database_frozen(world: World) -> Iterator[None]:
    assert world.database.server is not None
    world.database.server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        world.database.server.send_signal(signal.SIGCONT)


@contextmanager
def workers_killed(world: World) -> Iterator[None]:
    """One after the other, and never the master, which starts new ones."""
    with in_the_background(world.kill_worker):
        yield


@contextmanager
def connections_reset(world: World) -> Iterator[None]:
    with in_the_background(world.proxy.reset_connections):
        yield


@contextmanager
def web_reloaded_without_database(world: World) -> Iterator[None]:
    with faulty(world, Fault.SILENT):
        wait_until(lambda: world.waiting() > 0)
        world.reload_web()
        yield


@contextmanager
def in_the_background(step: Callable[[], object]) -> Iterator[None]:
    """Again and again, at most twice a second."""
    end = threading.Event()

    def steps() -> None:
        while not end.wait(0.5):
            step()

    thread = threading.Thread(target=steps)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


BREAKS: dict[str, Break] = {
    "database stopped": database_stopped,
    "database killed": database_killed,
    "database killed while catching up": database_killed_while_catching_up,
    "database frozen": database_frozen,
    "connections reset": connections_reset,
    "web server killed": web_killed,
    "workers killed": workers_killed,
    "web server reloaded, database silent": web_reloaded_without_database,
    "web server killed, database silent": web_killed_without_database,
    **{f"database {fault.value}": partial(faulty, fault=fault) for fault in Fault if fault is not Fault.NONE},
}


@dataclass
class Report:
    name: str
    seconds: float
    calls: int
    webhooks: int = 0
    unanswered: int = 0
    slowest: float = 0.0
    journalled: int = 0
    lost_deliveries: list[str] = field(default_factory=list)
    only_sync_repaired: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not (self.lost_deliveries or self.differences)


def run(world: World, name: str, *, calls: int, dice: random.Random) -> Report:
    """Places the calls, breaks something while they are in flight, mends it, and compares."""
    report = Report(name, dice.uniform(LEAST, MOST), calls)
    with ThreadPoolExecutor(4) as pool:
        sids = list(pool.map(world.place_call, dice.choices(NUMBERS, k=calls)))
    with BREAKS[name](world):
        _watch(world, report)
    world.simulator.drain(120)
    wait_until(lambda: world.waiting() == 0, PATIENCE)
    truth = {call["sid"]: call for call in world.simulator.calls() if call["sid"] in sids}
    _count_deliveries(list(truth.values()), report)
    report.lost_deliveries = _lost(world, list(truth.values()))
    before = _differences(world, sids, truth)
    if before:
        world.manage("sync_calls", "--older-than", "0")
        report.differences = _differences(world, sids, truth)
    report.only_sync_repaired = [each for each in before if each not in report.differences]
    return report


def _watch(world: World, report: Report) -> None:
    deadline = time.monotonic() + report.seconds
    while time.monotonic() < deadline:
        report.journalled = max(report.journalled, world.waiting())
        time.sleep(0.05)


def _count_deliveries(calls: list[dict[str, Any]], report: Report) -> None:
    deliveries = [delivery for call in calls for delivery in call["deliveries"]]
    attempts = [attempt for delivery in deliveries for attempt in delivery["attempts"]]
    report.webhooks = len(deliveries)
    report.unanswered = sum(delivery["outcome"] != "accepted" for delivery in deliveries)
    report.slowest = max((each["seconds"] for each in attempts if each["status"] == 200), default=0.0)


def _lost(world: World, calls: list[dict[str, Any]]) -> list[str]:
    """Deliveries that we have answered with 200 and of which there is no trace."""
    kept = {json.dumps(event["payload"], sort_keys=True) for event in world.kept_deliveries()}
    return [
        f"{call['sid']}: {delivery['kind']} {delivery['event']}"
        for call in calls
        for delivery in call["deliveries"]
        if delivery["outcome"] == "accepted" and json.dumps(delivery["form"], sort_keys=True) not in kept
    ]


def _differences(world: World, sids: list[str], truth: dict[str, dict[str, Any]]) -> list[str]:
    pairs = [(sid, _as_we_know(world.call(sid)), _as_it_was(truth[sid])) for sid in sids]
    return [f"{sid}: {ours} is {theirs}" for sid, ours, theirs in pairs if ours != theirs]


def _as_it_was(call: dict[str, Any]) -> dict[str, Any]:
    recordings = {
        recording["sid"]: (recording["status"], *map(_words, recording["transcriptions"]))
        for recording in call["recordings"]
    }
    return {"status": call["status"], "duration": call["duration"], "recordings": recordings}


def _as_we_know(call: dict[str, Any]) -> dict[str, Any]:
    recordings = {
        recording["twilio_sid"]: (
            recording["status"],
            *([_words(recording["transcription"])] if recording["transcription"] else []),
        )
        for recording in call["recordings"]
    }
    return {"status": call["status"], "duration": call["duration"], "recordings": recordings}


def _words(transcription: dict[str, Any]) -> tuple[str, str]:
    """Of one that failed, Twilio's webhook and its resource have different words."""
    status = transcription["status"]
    return status, transcription["text"] if status == "completed" else ""


def table_of(reports: list[Report]) -> Table:
    columns = ("", "broken", "for", "calls", "webhooks", "unanswered", "journalled", "slowest", "by sync", "")
    table = Table(*columns, title="Calls in flight while something breaks")
    for number, report in enumerate(reports, 1):
        table.add_row(
            str(number),
            report.name,
            f"{report.seconds:.1f} s",
            str(report.calls),
            str(report.webhooks),
            str(report.unanswered),
            str(report.journalled),
            f"{report.slowest:.2f} s",
            str(len(report.only_sync_repaired)),
            "[green]as Twilio has it[/]" if report.is_good else "[red]WRONG[/]",
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m webhooks.tests.chaos")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None, help="the same breaks in the same order again")
    parser.add_argument("--only", choices=BREAKS, action="append")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10_000) if options.seed is None else options.seed
    dice, console, reports = random.Random(seed), Console(width=130), []
    console.print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as directory, World(Path(directory), speed=SPEED) as world:
        for _ in range(options.runs):
            report = run(world, dice.choice(options.only or list(BREAKS)), calls=options.calls, dice=dice)
            reports.append(report)
            wrong = [*report.lost_deliveries, *report.differences]
            console.print(f"{len(reports):>3} {report.name}", *wrong, sep="\n    ", markup=False)
    console.print(table_of(reports))
    sys.exit(0 if all(report.is_good for report in reports) else 1)


if __name__ == "__main__":
    main()
