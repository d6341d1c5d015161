from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import track

from atlas.twilio.errors import TwilioError
from calls.reconcile import stale_calls, sync_call


class Command(BaseCommand):
    help = (
        "Ask Twilio about the calls that should be over and the recordings that never came. Places no call."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=float, default=5, help="minutes since a call was placed")

    def handle(self, **options: Any) -> None:
        console = Console(file=cast(TextIO, self.stderr))
        calls = list(stale_calls(older_than=timedelta(minutes=options["older_than"])))
        changed, failed = 0, 0
        for call in track(calls, "Asking Twilio", console=console):
            try:
                after = sync_call(call=call)
            except TwilioError as error:
                failed += 1
                self.stderr.write(f"{call}: {error}")
            else:
                changed += (after.status, after.recording_url) != (call.status, call.recording_url)
        self.stdout.write(f"{len(calls)} asked about, {changed} changed, {failed} could not be asked about")
