from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.live import Live
from rich.table import Table

from atlas.errors import AtlasError
from calls.lifecycle import CallStatus
from calls.models import Call
from calls.services import CallRequest, place_call

# Exit codes, so that a script can tell how the call went.
EXIT_CODES = {
    CallStatus.COMPLETED: 0,
    CallStatus.FAILED: 3,
    CallStatus.BUSY: 4,
    CallStatus.NO_ANSWER: 5,
    CallStatus.CANCELED: 6,
}
STILL_OPEN = 7
POLL_SECONDS = 0.3


class Command(BaseCommand):
    help = (
        "Place a call. With --wait the exit code tells its outcome: 0 completed, 3 failed, 4 busy, "
        "5 no-answer, 6 canceled, 7 not over in time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", help="the number as E.164, such as +14155550123")
        parser.add_argument("--user", default="operator", help="the user_external_id of the call")
        parser.add_argument("--script", help="what is said; else the default message")
        parser.add_argument("--no-record", action="store_true", help="neither consent message nor recording")
        parser.add_argument("--wait", action="store_true", help="show each status until the call is over")
        parser.add_argument("--timeout", type=float, default=600, help="seconds to wait at most")

    def handle(self, **options: Any) -> None:
        request = CallRequest(
            to=options["to"],
            user_external_id=options["user"],
            script=options["script"],
            recording_enabled=not options["no_record"],
        )
        try:
            call = place_call(request=request)
        except AtlasError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{call.twilio_sid} to {call.to_number} ({call.call_id})")
        if options["wait"]:
            sys.exit(self.follow(call, patience=options["timeout"]))

    def follow(self, call: Call, *, patience: float) -> int:
        deadline = time.monotonic() + patience
        console = Console(file=cast(TextIO, self.stdout))
        with Live(timeline(call), console=console, refresh_per_second=4) as live:
            while not call.is_over and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
                call = Call.objects.get(pk=call.pk)
                live.update(timeline(call))
        return EXIT_CODES.get(CallStatus(call.status), STILL_OPEN)


def timeline(call: Call) -> Table:
    """A line for each status, with the seconds since the call was placed."""
    table = Table.grid(padding=(0, 2))
    for change in call.timeline:
        table.add_row(f"{(change.at - call.created_at).total_seconds():7.1f} s", change.status)
    if call.is_over and call.duration is not None:
        table.add_row("", f"lasted {call.duration} s")
    if call.error_message:
        table.add_row("", call.error_message)
    return table
