from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import track

from calls.lifecycle import Outcome
from webhooks.models import WebhookEvent
from webhooks.services import TO_APPLY_AGAIN, replay


class Command(BaseCommand):
    help = (
        "Apply kept webhook deliveries again, oldest first: those that failed or found no call, unless named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--outcome", choices=[*Outcome.values, "all"], action="append")
        parser.add_argument("--call-sid", help="the deliveries of this call alone")

    def handle(self, **options: Any) -> None:
        outcomes = options["outcome"] or TO_APPLY_AGAIN
        events = WebhookEvent.objects.order_by("received_at")
        if "all" not in outcomes:
            events = events.filter(outcome__in=outcomes)
        if options["call_sid"]:
            events = events.filter(call_sid=options["call_sid"])
        console = Console(file=cast(TextIO, self.stderr))
        total = events.count()
        progress = track(events.iterator(), "Applying", total=total, console=console)
        outcome = Counter(replay(event) for event in progress)
        summary = ", ".join(f"{count} {name}" for name, count in sorted(outcome.items()))
        self.stdout.write(f"{total} deliveries applied again" + (f": {summary}" if summary else ""))
