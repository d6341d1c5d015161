from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from atlas.mongodb import embedded
from atlas.twilio.simulator.testing import SimulatorProcess
from webhooks.bench.environment import production_environment
from webhooks.bench.plan import Plan
from webhooks.bench.tables import put_between_markers

PATIENCE = 60.0


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


class Command(BaseCommand):
    help = (
        "Measure Atlas under gunicorn, as in production, and its database commands alone, on MONGO_URI or an "
        "embedded server, in a database of its own. docs/performance.md explains the figures."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        plan = Plan()
        parser.add_argument(
            "--calls", type=int, default=plan.stored, help="stored, for the table of all rows"
        )
        parser.add_argument("--connections", type=numbers, default=plan.connections, metavar="1,8,32")
        parser.add_argument("--sizes", type=numbers, default=plan.sizes, metavar="1000,10000,100000")
        parser.add_argument("--seconds", type=float, default=plan.seconds, help="for each row, about")
        parser.add_argument("--requests", type=int, help="for each row, instead of --seconds")
        parser.add_argument(
            "--only", action="append", default=[], metavar="NAME", help="rows, by a part of a name"
        )
        parser.add_argument(
            "--quick", action="store_true", help="1000 calls, no growth, 2 seconds for each row"
        )
        parser.add_argument("--output", type=Path, default=settings.VAR_DIR / "bench", metavar="FOLDER")
        parser.add_argument(
            "--page", type=Path, help="a Markdown file to put the tables into, between its markers"
        )

    def handle(self, *, output: Path, page: Path | None, quick: bool, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        folder = output.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        plan = Plan(
            stored=1000 if quick else options["calls"],
            sizes=[] if quick else options["sizes"],
            connections=options["connections"],
            seconds=2.0 if quick else options["seconds"],
            requests=options["requests"],
            only=options["only"],
            is_embedded=not settings.MONGO_URI,
            command=shlex.join(["python", "manage.py", "bench", *sys.argv[2:]]),
        )
        with database_server(folder / "mongodb") as uri, SimulatorProcess() as twilio:
            environment = production_environment(mongo_uri=uri, var_dir=folder, twilio=twilio)
            run(plan, folder, environment)
        tables = (folder / "results.md").read_text()
        self.stdout.write(tables)
        if page is not None:
            page.write_text(put_between_markers(page.read_text(), tables))


@contextmanager
def database_server(directory: Path) -> Iterator[str]:
    """Its address."""
    if settings.MONGO_URI:
        yield settings.MONGO_URI
        return
    try:
        yield embedded.ensure_running(directory)
    finally:
        embedded.release(directory)


def run(plan: Plan, folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "webhooks.bench", plan.to_json(), str(folder)]
    # In a session of its own, so that Ctrl-C reaches it through us alone and it ends in order.
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True) as process:  # noqa: S603
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait(PATIENCE)
            kept = folder / "results.md"
            raise CommandError(f"The bench was interrupted. The rows that it had are in {kept}.") from None
    if code:
        raise CommandError(f"The bench has failed; the logs are in {folder / 'log'}.")
