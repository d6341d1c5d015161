"""The calls that are stored and the new ones that a row is about: a number names all that belongs to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import count

from bson import ObjectId

# Above every stored one, and below each key that MongoDB or the driver makes.
FIRST_NEW = 1_000_000_000
FIRST_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)
BETWEEN_CALLS = timedelta(seconds=30)

_new_numbers = count(FIRST_NEW)


@dataclass(frozen=True)
class Subject:
    number: int

    @property
    def key(self) -> ObjectId:
        return ObjectId(f"{self.number:024x}")

    @property
    def call_id(self) -> str:
        return f"{self.number:08x}-0000-4000-8000-000000000000"

    @property
    def call_sid(self) -> str:
        return f"CA{self.number:032x}"

    @property
    def recording_sid(self) -> str:
        return f"RE{self.number:032x}"

    @property
    def phone_number(self) -> str:
        return f"+1415555{self.number % 10000:04d}"

    @property
    def created_at(self) -> datetime:
        return FIRST_DAY + BETWEEN_CALLS * self.number

    def identifiers(self) -> tuple[ObjectId | str, ...]:
        return self.key, self.call_id, self.call_sid, self.recording_sid


def new_subjects(amount: int) -> Iterator[Subject]:
    """Each is used once in a run."""
    return (Subject(next(_new_numbers)) for _ in range(amount))
