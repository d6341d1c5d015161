from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from atlas.twilio.errors import TwilioError, TwilioRejected
from webhooks.forgetting import purge, recordings_before


class Command(BaseCommand):
    help = (
        "Remove old recordings with their transcripts, here and at Twilio; that there was one and how long "
        "it was stays. Without --yes it only says how many there are. It can be interrupted and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=float, required=True, metavar="DAYS")
        parser.add_argument("--yes", action="store_true", help="do it: nothing of it can be brought back")

    def handle(self, *, older_than: float, yes: bool, **_: Any) -> None:
        recordings = recordings_before(timezone.now() - timedelta(days=older_than))
        total, refused = recordings.count(), 0
        if not yes:
            self.stdout.write(f"{total} recordings would be removed. Add --yes to do it.")
            return
        console = Console(file=cast(TextIO, self.stderr))
        for recording in track(list(recordings), "Removing", console=console):
            try:
                purge(recording, wait=time.sleep)
            except TwilioRejected as error:
                refused += 1
                self.stderr.write(f"{recording}: {error}")
            except TwilioError as error:
                raise CommandError(f"{error} Run it again to go on.") from error
        self.stdout.write(f"{total - refused} of {total} recordings are removed")
        if refused:
            raise CommandError(f"Twilio refused {refused}, see above.")
