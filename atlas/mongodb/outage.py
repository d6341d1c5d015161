"""
While the database does not answer, a request is told so at once: found out by waiting, it would hold its
thread for MONGO_COMMAND_TIMEOUT_MS, and soon nobody would be left to answer anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import OperationalError

from atlas.breaker import CircuitBreaker

breaker = CircuitBreaker(pause=5.0)


@dataclass
class _Request:
    # The one that tries whether the database is back.
    tries: bool = False


_current: ContextVar["_Request | None"] = ContextVar("request_that_does_not_wait", default=None)


@contextmanager
def told_at_once() -> Iterator[None]:
    """What is done within does not wait for a database of which it is known that it is away."""
    token = _current.set(_Request())
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def slow_by_itself() -> Iterator[None]:
    """Around a command that counts very much: that it takes too long is no outage for everybody."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def before_command() -> None:
    """Raises OperationalError."""
    request = _current.get()
    if request is None or request.tries or not breaker.is_open:
        return
    if not breaker.allows():
        raise OperationalError("The database did not answer a moment ago.")
    request.tries = True


def after_command(*, answered: bool) -> None:
    # Others have shorter time-outs of their own: theirs is no outage for everybody.
    if _current.get() is None:
        return
    if not answered:
        breaker.failed()
    elif breaker.is_open:
        breaker.succeeded()
