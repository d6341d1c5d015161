from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from atlas.errors import InvalidInput
from webhooks.forgetting import Person, find_person, forget


class Command(BaseCommand):
    help = (
        "Take away what is known of a person, here and at Twilio: numbers, scripts, recordings, transcripts, "
        "notes, webhooks. Status, times, durations and scores stay. Without --yes it only says what would go."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="NUMBER_OR_EMAIL")
        parser.add_argument("--yes", action="store_true", help="do it: nothing of it can be brought back")
        parser.add_argument(
            "--leave-twilio", action="store_true", help="if Twilio refuses: forget here alone"
        )

    def handle(self, *, person: str, yes: bool, leave_twilio: bool, **_: Any) -> None:
        try:
            found = find_person(person)
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        if found.is_unknown():
            self.stdout.write("Nothing is known of this person.")
            return
        Console(file=cast(TextIO, self.stdout)).print(summary(found, is_done=yes))
        if found.mentions:
            named = ", ".join(str(call) for call in found.mentions)
            self.stdout.write(
                f"Calls of others name this person in a script, a note or a transcript: {named}"
            )
        if not yes:
            self.stdout.write("Nothing was changed. Add --yes to do it.")
            return
        if problems := list(forget(found, at_twilio=not leave_twilio, wait=time.sleep)):
            raise CommandError(
                "\n".join(["Not all is forgotten. Run it again when this is mended:", *problems])
            )
        self.stdout.write("The person is forgotten." + (" What Twilio has is left." if leave_twilio else ""))


def summary(person: Person, *, is_done: bool) -> Table:
    recordings = list(person.recordings)
    table = Table("taken away" if is_done else "to be taken away", "", title=None)
    for name, count in (
        ("users", len(person.users)),
        ("calls: number, script, notes", len(person.calls)),
        ("recordings", len(recordings)),
        ("transcripts", sum(recording.transcription is not None for recording in recordings)),
        ("webhooks", len(person.events)),
        ("webhooks that wait for the database", len(person.journalled)),
        ("searches in the audit log", len(person.audited)),
    ):
        table.add_row(name, str(count))
    return table
