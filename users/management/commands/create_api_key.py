from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from atlas.errors import InvalidInput
from users.models import Scope
from users.services import authenticate_api_key, create_api_key


class Command(BaseCommand):
    help = "Make an API key and show it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="whose key it is")
        parser.add_argument("--scopes", required=True, help=f"all, or some of: {','.join(Scope.values)}")
        parser.add_argument("--expires-in-days", type=int, help="without it the key never expires")
        parser.add_argument("--calls-per-minute", type=int, help="instead of CALLS_PER_MINUTE")
        parser.add_argument("--calls-per-day", type=int, help="instead of CALLS_PER_DAY")
        parser.add_argument("--unless-valid", metavar="KEY", help="print KEY itself if it still works")
        parser.add_argument("--quiet", action="store_true", help="print the key and nothing else")

    def handle(
        self,
        *,
        name: str,
        scopes: str,
        expires_in_days: int | None,
        calls_per_minute: int | None,
        calls_per_day: int | None,
        unless_valid: str | None,
        quiet: bool,
        **_: Any,
    ) -> None:
        if unless_valid and authenticate_api_key(plain_text=unless_valid):
            self.stdout.write(unless_valid)
            return
        if expires_in_days is not None and expires_in_days < 1:
            raise CommandError("--expires-in-days must be 1 or more.")
        if min(calls_per_minute or 0, calls_per_day or 0) < 0:
            raise CommandError("A limit of calls cannot be negative.")
        expires_at = timezone.now() + timedelta(days=expires_in_days) if expires_in_days else None
        named = Scope.values if scopes == "all" else [scope.strip() for scope in scopes.split(",")]
        try:
            key, plain_text = create_api_key(
                name=name,
                scopes=named,
                expires_at=expires_at,
                calls_per_minute=calls_per_minute,
                calls_per_day=calls_per_day,
            )
        except InvalidInput as error:
            raise CommandError(str(error)) from error
        if not quiet:
            self.stdout.write(f"{key.name} may {', '.join(key.scopes)}. Keep the key, it is not shown again:")
        self.stdout.write(plain_text)
