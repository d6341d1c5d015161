from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from atlas.phone_numbers import is_e164
from atlas.twilio.errors import TwilioError
from atlas.twilio.gateway import gateway

TIMEOUT = 10.0  # seconds


class Command(BaseCommand):
    help = "Say what is set for Twilio, what Twilio says of it, and how to repair what is wrong."
    requires_system_checks: Sequence[str] = []

    def handle(self, **options: Any) -> None:
        problems = [problem for problem in (*self.settings(), *self.account()) if problem]
        for problem in problems:
            self.stdout.write(self.style.ERROR(f"✗ {problem}"))
        if problems:
            raise CommandError(f"{len(problems)} to repair in .env", returncode=1)
        self.stdout.write(self.style.SUCCESS("✓ Calls can be placed"))

    def settings(self) -> list[str]:
        sid = settings.TWILIO_ACCOUNT_SID
        host = urlsplit(settings.BASE_URL).hostname or ""
        simulated = bool(settings.TWILIO_API_URL)
        self.stdout.write(f"Account      {sid or 'not set'}")
        self.stdout.write(f"Number       {settings.TWILIO_FROM_NUMBER or 'not set'}")
        self.stdout.write(f"API          {settings.TWILIO_API_URL or 'the real Twilio: calls cost money'}")
        self.stdout.write(f"Webhooks to  {settings.BASE_URL}/twilio/...")
        wrong = {
            "TWILIO_ACCOUNT_SID: copy it from console.twilio.com; it starts with AC and has 34 characters": not (
                sid.startswith("AC") and len(sid) == 34
            ),
            "TWILIO_AUTH_TOKEN: copy it from console.twilio.com; without it every webhook is refused": (
                not settings.TWILIO_AUTH_TOKEN
            ),
            "TWILIO_FROM_NUMBER: a number of yours at Twilio, as E.164": not is_e164(settings.TWILIO_FROM_NUMBER),
            "BASE_URL: Twilio cannot reach this machine under it; set the public https address": (
                not simulated and (host in ("localhost", "127.0.0.1") or not settings.BASE_URL.startswith("https:"))
            ),
            "BASE_URL: Twilio refuses host names with an underscore (error 21609)": "_" in host,
        }
        return [text for text, is_wrong in wrong.items() if is_wrong]

    def account(self) -> list[str]:
        try:
            status = gateway().account_status(timeout=TIMEOUT)
            numbers = gateway().own_numbers()
        except TwilioError as error:
            return [f"{error} Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and the network."]
        self.stdout.write(f"Twilio says  the account is {status}")
        problems = [] if status == "active" else [f"The account is {status}: see console.twilio.com"]
        if settings.TWILIO_FROM_NUMBER not in numbers:
            problems.append("TWILIO_FROM_NUMBER is not a number of this account; a verified caller ID works too")
        return problems
