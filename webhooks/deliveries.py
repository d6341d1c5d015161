from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.utils import timezone

from webhooks.models import Kind

# Longer than any SID or status of Twilio's: what is longer is not an identifier.
LONGEST_WORD = 64


SID = re.compile("[A-Z]{2}[0-9a-fA-F]{32}")


class MalformedDelivery(ValueError):
    """Signed by Twilio, and yet not what Twilio sends."""


@dataclass(frozen=True)
class Delivery:
    """
    One webhook of Twilio's: `query` from the URL that we gave Twilio, `payload` from the form. `consent` is
    the text that asked for it, if one did: it may be another by the time at which this is applied.
    """

    kind: Kind
    query: dict[str, str]
    payload: dict[str, str]
    received_at: datetime
    consent: str | None = None

    @classmethod
    def received(cls, kind: Kind, query: dict[str, str], payload: dict[str, str]) -> Delivery:
        is_asked = kind == Kind.VOICE and query.get("recording") == "true"
        return cls(
            kind, _storable(query), _storable(payload), _now(), settings.CONSENT_MESSAGE if is_asked else None
        )

    @property
    def key(self) -> str:
        """The same for every repetition: Twilio repeats a delivery word for word."""
        content = json.dumps([self.kind, self.query, self.payload], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def call_id(self) -> str | None:
        return self.query.get("call_id", "")[:LONGEST_WORD] or None

    @property
    def call_sid(self) -> str | None:
        return self.payload.get("CallSid", "")[:LONGEST_WORD] or None

    def word(self, name: str) -> str:
        value = self.payload.get(name, "")
        if not value or len(value) > LONGEST_WORD:
            raise MalformedDelivery(f"{name} is missing or too long")
        return value

    def sid(self, name: str) -> str:
        """For what becomes a part of an address at Twilio's."""
        value = self.word(name)
        if not SID.fullmatch(value):
            raise MalformedDelivery(f"{name} is not a SID")
        return value

    def integer(self, name: str) -> int | None:
        value = self.payload.get(name, "")
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < LONGEST_WORD // 4):
            raise MalformedDelivery(f"{name} is not a whole number")
        return int(value)

    def time(self, name: str) -> datetime:
        """Twilio's RFC 2822 time, or that of the arrival if there is none that can be read."""
        try:
            at = parsedate_to_datetime(self.payload.get(name, ""))
        except (TypeError, ValueError, OverflowError):
            return self.received_at
        return at if at.tzinfo else at.replace(tzinfo=timezone.get_default_timezone())


def _now() -> datetime:
    """As MongoDB keeps it: in whole milliseconds."""
    now = timezone.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


# MongoDB cannot hold NUL in a name, and reads $ and . as operators and paths. No name of Twilio's has one.
UNSTORABLE = str.maketrans(dict.fromkeys("\0$.", "_"))


def _storable(parameters: dict[str, str]) -> dict[str, str]:
    return {name.translate(UNSTORABLE): text for name, text in parameters.items()}
