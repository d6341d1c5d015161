import asyncio
from typing import NoReturn

from .background import Background
from .clock import Clock
from .models import Call


class HangUp(Exception):
    """The call ends: TwiML said so, or its time is up."""


class CalleeHungUp(HangUp):
    pass


class Line:
    """The time a call has been up, in telephone seconds, and waiting on it.

    At speed 0 the clock stands still, so waiting adds the seconds that would have passed.
    """

    def __init__(self, call: Call, clock: Clock, background: Background) -> None:
        self._call = call
        self._clock = clock
        self._background = background
        self._answered_at = clock.telephone_seconds()
        self._skipped = 0.0

    def elapsed(self) -> float:
        return self._clock.telephone_seconds() - self._answered_at + self._skipped

    async def wait(self, seconds: float) -> None:
        """Raises CalleeHungUp or HangUp when the callee or the time limit ends the call within that time."""
        limit = float(self._call.parameters.time_limit)
        patience = self._call.scenario.hang_up_after
        end = limit if patience is None else min(limit, patience)
        remaining = max(0.0, end - self.elapsed())
        await self._pass(min(seconds, remaining))
        if seconds >= remaining:
            raise HangUp if end == limit else CalleeHungUp

    async def park(self) -> NoReturn:
        """Waits for an order over REST, which cancels this."""
        with self._background.parked():
            await asyncio.get_running_loop().create_future()
        raise AssertionError("a parked call goes on by being cancelled only")

    async def _pass(self, seconds: float) -> None:
        if self._clock.is_instant:
            self._skipped += seconds
        await self._clock.sleep(seconds)
