from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from datetime import timedelta
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from calls.lifecycle import Outcome
from webhooks.drainer import drain
from webhooks.journal import journal, waiting
from webhooks.models import WebhookEvent
from webhooks.services import TO_APPLY_AGAIN, replay


class Command(BaseCommand):
    help = (
        "Apply what waits in the journal, then kept deliveries again, oldest first: those that failed or "
        "found no call, unless others are named. Applying a delivery again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--outcome", choices=[*Outcome.values, "all"], action="append")
        parser.add_argument("--call-sid", help="the deliveries of this call alone")
        parser.add_argument("--days", type=float, help="the deliveries of the last days alone")

    def handle(self, **options: Any) -> None:
        self.empty_journal()
        events = WebhookEvent.objects.order_by("received_at", "id")
        outcomes = options["outcome"] or TO_APPLY_AGAIN
        if "all" not in outcomes:
            events = events.filter(outcome__in=outcomes)
        if options["call_sid"]:
            events = events.filter(call_sid=options["call_sid"])
        if options["days"]:
            events = events.filter(received_at__gte=timezone.now() - timedelta(days=options["days"]))
        console = Console(file=cast(TextIO, self.stderr))
        total = events.count()
        progress = track(events.iterator(), "Applying", total=total, console=console)
        outcome = Counter(replay(event) for event in progress)
        summary = ", ".join(f"{count} {name}" for name, count in sorted(outcome.items()))
        self.stdout.write(f"{total} deliveries applied again" + (f": {summary}" if summary else ""))

    def empty_journal(self) -> None:
        journal().put_back()
        try:
            drained = drain()
        except OperationalError as error:
            raise CommandError(
                f"The database is away, and {waiting()} deliveries wait for it: {error}"
            ) from error
        if drained:
            self.stdout.write(f"{drained} deliveries that waited for the database are applied")
