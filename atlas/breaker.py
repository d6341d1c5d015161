from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """
    After a failure nobody asks for `pause` seconds, unless somebody else has succeeded; then one may, and
    the others go on without until that one has. So an outage costs a few their time-out, and not everybody.
    """

    def __init__(self, *, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause, self._clock = pause, clock
        self._mutex = threading.Lock()
        self._retry_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self._retry_at is not None

    def allows(self) -> bool:
        with self._mutex:
            if self._retry_at is None:
                return True
            if self._clock() < self._retry_at:
                return False
            self._retry_at = self._clock() + self._pause
            return True

    def failed(self) -> None:
        with self._mutex:
            self._retry_at = self._clock() + self._pause

    def succeeded(self) -> None:
        with self._mutex:
            self._retry_at = None
