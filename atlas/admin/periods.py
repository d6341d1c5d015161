from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

DAYS = (7, 30, 90)


@dataclass(frozen=True)
class Period:
    """Whole days of the desk's time zone, both included."""

    first: date
    last: date

    @classmethod
    def of_last(cls, days: int) -> Period:
        today = timezone.localdate()
        return cls(today - timedelta(days=days - 1), today)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> Period:
        """As long, and just before."""
        length = timedelta(days=len(self.days))
        return Period(self.first - length, self.last - length)

    @property
    def start(self) -> datetime:
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment that no longer belongs to it."""
        return midnight(self.last + timedelta(days=1))

    @property
    def query(self) -> dict[str, str]:
        """The parameters of a list's PeriodFilter."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
