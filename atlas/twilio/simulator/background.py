import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

logger = logging.getLogger(__name__)


class Background:
    """The tasks under way, and when there are none.

    A call that waits for an order over REST (it rings until it is cancelled, say) is parked: nothing happens
    until somebody acts, so it does not count as under way.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def under_way(self) -> int:
        return self._under_way

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        self.enter()
        task.add_done_callback(self._ended)
        return task

    def enter(self) -> None:
        self._under_way += 1
        self._idle.clear()

    def leave(self) -> None:
        self._under_way -= 1
        if self._under_way == 0:
            self._idle.set()

    @contextmanager
    def parked(self) -> Iterator[None]:
        self.leave()
        try:
            yield
        finally:
            self.enter()

    async def wait_until_idle(self) -> None:
        while self._under_way:
            await self._idle.wait()

    async def cancel_all(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self.leave()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failures += 1
            logger.error("a task of the simulator failed", exc_info=error)
