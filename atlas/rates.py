import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from django.core.exceptions import ImproperlyConfigured

PERIODS = {"second": 1, "min": 60, "hour": 3600, "day": 86400}
FORM = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(PERIODS)})")


@dataclass(frozen=True)
class Rate:
    """`count` in each window of `seconds`; windows begin at whole multiples of that by the clock, in UTC."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        match = FORM.fullmatch(text)
        if match is None:
            raise ImproperlyConfigured(f"{text!r} is no rate: write it as 600/min; per {', '.join(PERIODS)}.")
        return cls(int(match[1]), PERIODS[match[2]])

    def window_end(self) -> datetime:
        now = int(time.time())
        return datetime.fromtimestamp(now - now % self.seconds + self.seconds, timezone.utc)

    def times(self, factor: int) -> "Rate":
        return Rate(self.count * factor, self.seconds)
