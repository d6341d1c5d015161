from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from calls.admission import is_switched_on, switch_calls


class Command(BaseCommand):
    help = (
        "Stop or allow the outbound calls of every process, at once. Calls that ring already are not ended."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["on", "off", "status"])

    def handle(self, *, action: str, **options: Any) -> None:
        if action != "status":
            switch_calls(on=action == "on")
        self.stdout.write(f"Outbound calls are {'on' if is_switched_on() else 'off'}.")
        if not settings.OUTBOUND_CALLS_ENABLED:
            self.stdout.write("OUTBOUND_CALLS_ENABLED is false, and so none is placed either way.")
