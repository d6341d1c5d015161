from __future__ import annotations

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
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        problems = [problem for problem in (*self.settings(), *self.account()) if problem]
        for problem in problems:
            self.stdout.write(self.style.ERROR(f"✗ {problem}"))
        if problems:
            raise CommandError(f"{len(problems)} to repair in .env", returncode=1)
        self.stdout.write(self.style.SUCCESS("✓ Calls can be placed"))

    def settings(self) -> list[str]:
        self.stdout.write(f"Account      {settings.TWILIO_ACCOUNT_SID or 'not set'}")
        self.stdout.write(f"Number       {settings.TWILIO_FROM_NUMBER or 'not set'}")
        self.stdout.write(f"API          {settings.TWILIO_API_URL or 'the real Twilio: calls cost money'}")
        self.stdout.write(f"Webhooks to  {settings.BASE_URL}/twilio/...")
        return [text for is_wrong, text in complaints() if is_wrong]

    def account(self) -> list[str]:
        try:
            status = gateway().account_status(timeout=TIMEOUT)
            numbers = gateway().own_numbers()
        except TwilioError as error:
            return [f"{error} Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and the network."]
        self.stdout.write(f"Twilio says  the account is {status}")
        problems = [] if status == "active" else [f"The account is {status}: see console.twilio.com"]
        if settings.TWILIO_FROM_NUMBER not in numbers:
            problems.append(
                "TWILIO_FROM_NUMBER is not a number of this account; a verified caller ID works too"
            )
        return problems


def complaints() -> list[tuple[bool, str]]:
    """What may be wrong with the settings: whether it is, and how to repair it."""
    sid, host = settings.TWILIO_ACCOUNT_SID, urlsplit(settings.BASE_URL).hostname or ""
    is_real, is_https = not settings.TWILIO_API_URL, settings.BASE_URL.startswith("https:")
    return [
        (
            not (sid.startswith("AC") and len(sid) == 34),
            "TWILIO_ACCOUNT_SID: copy it from console.twilio.com; it is AC and 32 characters",
        ),
        (
            not settings.TWILIO_AUTH_TOKEN,
            "TWILIO_AUTH_TOKEN: copy it from console.twilio.com; without it every webhook is refused",
        ),
        (
            not is_e164(settings.TWILIO_FROM_NUMBER),
            "TWILIO_FROM_NUMBER: a number of yours at Twilio, as E.164",
        ),
        (
            is_real and not is_https,
            "BASE_URL: Twilio cannot reach this machine under it; set the public https address",
        ),
        ("_" in host, "BASE_URL: Twilio refuses host names with an underscore (error 21609)"),
    ]
