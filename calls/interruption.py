from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interruption:
    """
    SIGTERM and Ctrl-C as something to ask for between two steps. A pipe and not a threading.Event: a handler
    may run while its own thread holds the event's lock; and a signal that another thread receives wakes
    nobody but the reader of this pipe.
    """

    def __init__(self) -> None:
        self._told, self._tell = os.pipe()
        os.set_blocking(self._tell, False)

    @contextmanager
    def heard(self) -> Iterator[None]:
        handlers = {name: signal.signal(name, _note) for name in SIGNALS}
        wakeup = signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for name, handler in handlers.items():
                signal.signal(name, handler)

    def wait(self, seconds: float) -> bool:
        """Returns as soon as it is there, or after `seconds`; whether it is."""
        return bool(select.select([self._told], [], [], seconds)[0])

    def is_set(self) -> bool:
        return self.wait(0)

    def __del__(self) -> None:
        os.close(self._told)
        os.close(self._tell)


def _note(*_: object) -> None:
    """The wake-up descriptor has the signal already."""
