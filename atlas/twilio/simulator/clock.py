import asyncio
import time
from datetime import datetime, timezone


class Clock:
    """Telephone time: `speed` times faster than the real clock, or, at speed 0, standing still."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._telephone_base = 0.0
        self._real_base = time.monotonic()

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._telephone_base = self.telephone_seconds()
        self._real_base = time.monotonic()
        self._speed = speed

    @property
    def is_instant(self) -> bool:
        return self._speed == 0

    def telephone_seconds(self) -> float:
        return self._telephone_base + (time.monotonic() - self._real_base) * self._speed

    async def sleep(self, telephone_seconds: float) -> None:
        await asyncio.sleep(telephone_seconds / self._speed if self._speed else 0)

    @staticmethod
    def now() -> datetime:
        return datetime.now(timezone.utc)
