from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from rich.console import Console
from rich.progress import track

from atlas.twilio.errors import TwilioError, TwilioRejected
from calls.interruption import Interruption
from calls.models import Call
from calls.patience import patiently
from calls.reconcile import due_calls, incomplete, postpone, sync_call

BATCH = 200
# Between two calls: some ten requests a second at most, one at a time.
PAUSE = 0.1
WRONG_CREDENTIALS = 20003


class Command(BaseCommand):
    help = (
        "Ask Twilio about the calls that should be over and the recordings that never came. Places no call."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=float, default=5, help="minutes since we heard nothing")
        parser.add_argument("--every", type=float, help="seconds between two rounds; else there is one")

    def handle(self, **options: Any) -> None:
        self.end = Interruption()
        self.console = Console(file=cast(TextIO, self.stderr))
        older_than = timedelta(minutes=options["older_than"])
        if not options["every"]:
            try:
                self.round(older_than)
            except (TwilioError, OperationalError) as error:
                raise CommandError(f"{error} What is left is asked about next time.") from error
            return
        with self.end.heard():
            while not self.end.is_set():
                try:
                    self.round(older_than)
                except (TwilioError, OperationalError) as error:
                    self.stderr.write(f"{error} What is left is asked about in the next round.")
                self.end.wait(options["every"])

    def round(self, older_than: timedelta) -> None:
        """Every call that is due, once: a call that was asked about is not due for a while."""
        asked = changed = 0
        while not self.end.is_set() and (calls := due_calls(older_than=older_than, limit=BATCH)):
            for call in self.one_by_one(incomplete(calls)):
                asked += 1
                changed += self.ask(call)
            if len(calls) < BATCH:
                break
        self.stdout.write(f"{asked} asked about, {changed} changed")

    def one_by_one(self, calls: list[Call]) -> Iterator[Call]:
        if not calls:
            return
        is_watched = self.console.is_terminal
        for call in track(calls, "Asking Twilio", console=self.console, disable=not is_watched):
            if self.end.is_set():
                return
            yield call
            self.end.wait(PAUSE)

    def ask(self, call: Call) -> bool:
        """Whether something was new. Raises TwilioError if there is no use in asking about another call."""
        try:
            after = patiently(lambda: sync_call(call=call), wait=self.end.wait)
        except TwilioRejected as error:
            if error.twilio_code == WRONG_CREDENTIALS:
                raise
            self.stderr.write(f"{call}: {error}")
            postpone(call=call)
            return False
        return after.updated_at != call.updated_at
