from __future__ import annotations

import os
import select
import signal


class Interruption:
    """
    SIGTERM and Ctrl-C as something to ask for between two steps. A pipe and not a threading.Event: a handler
    runs inside of whatever its thread does, and would wait forever for the lock that its own wait() holds.
    """

    def __init__(self) -> None:
        self._told, self._tell = os.pipe()

    def listen(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: os.write(self._tell, b"."))

    def wait(self, seconds: float) -> bool:
        """Returns as soon as it is there, or after `seconds`; whether it is."""
        return bool(select.select([self._told], [], [], seconds)[0])

    def is_set(self) -> bool:
        return self.wait(0)

    def __del__(self) -> None:
        os.close(self._told)
        os.close(self._tell)
