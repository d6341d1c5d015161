from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from atlas.twilio.simulator.config import SimulatorConfig
from atlas.twilio.simulator.server import run


class Command(BaseCommand):
    help = "Run a Twilio for this machine: it answers the REST API, calls, records, and sends webhooks."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.SIMULATOR_PORT)
        parser.add_argument(
            "--speed",
            type=float,
            default=settings.SIMULATOR_SPEED,
            help="1 is lifelike, 10 ten times faster, 0 does not wait at all",
        )
        parser.add_argument("--calls-per-second", type=float, default=0, help="0: no limit")

    def handle(self, **options: Any) -> None:
        run(
            SimulatorConfig(
                host="127.0.0.1",
                port=options["port"],
                account_sid=settings.TWILIO_ACCOUNT_SID,
                auth_token=settings.TWILIO_AUTH_TOKEN,
                phone_numbers=(settings.TWILIO_FROM_NUMBER,),
                speed=options["speed"],
                calls_per_second=options["calls_per_second"],
            )
        )
