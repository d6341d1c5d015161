from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from atlas.admin.periods import Period
from calls.services import numbers_of


class Command(BaseCommand):
    help = (
        "Count the calls of the last days, one day after the other, for the dashboard and /feedback/summary. "
        "They would do it themselves, but all at once, while somebody waits. Days that are counted stay as "
        "they are, so it can be interrupted and started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=180, help="180 are what the longest period compares")

    def handle(self, *, days: int, **_: object) -> None:
        if days < 1:
            raise CommandError("--days must be 1 or more.")
        today = timezone.localdate()
        calls = 0
        console = Console(file=cast(TextIO, self.stderr))
        past = [today - timedelta(days=age) for age in range(days)]
        for day in track(past, "Counting days", console=console, transient=True):
            numbers = numbers_of(Period(day, day)).get(day)
            calls += numbers.hours.total() if numbers else 0
        self.stdout.write(f"{days} days are counted; they have {calls:,} calls.")
