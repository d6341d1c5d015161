"""Whether the database and Twilio answer, asked so that asking can never be the trouble."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass

import pymongo
from django.conf import settings
from django.db import OperationalError, connection

from atlas.twilio.errors import TwilioError
from atlas.twilio.gateway import gateway

TWILIO_LIFETIME = 30.0  # seconds that an answer is good for
TWILIO_PATIENCE = 2.0  # seconds


@dataclass(frozen=True)
class Health:
    database: bool
    twilio: bool


def check_health() -> Health:
    return Health(database=database_answers(), twilio=twilio_answers())


def database_answers() -> bool:
    try:
        with pymongo.timeout(settings.MONGO_TIMEOUT_MS / 1000):
            return bool(connection.is_usable())
    except OperationalError:
        return False


class CachedCheck:
    """Asks in a thread of its own, one question at a time, and remembers the answer for `lifetime` seconds.

    Nobody waits longer than `patience` seconds after the question was asked; until it is answered, it
    counts as a no.
    """

    def __init__(self, ask: Callable[[], bool], *, lifetime: float, patience: float) -> None:
        self._ask, self._lifetime, self._patience = ask, lifetime, patience
        self._mutex = threading.Lock()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
        self._asked_at = 0.0
        self._answer: Future[bool] | None = None

    def __call__(self) -> bool:
        with self._mutex:
            answer = self._current_question()
        waited = time.monotonic() - self._asked_at
        try:
            return answer.result(timeout=max(0.0, self._patience - waited))
        except FutureTimeoutError:
            return False

    def _current_question(self) -> "Future[bool]":
        age = time.monotonic() - self._asked_at
        if self._answer is None or (self._answer.done() and age > self._lifetime):
            self._asked_at = time.monotonic()
            self._answer = self._executor.submit(self._ask)
        return self._answer


def ask_twilio() -> bool:
    try:
        return gateway().account_status(timeout=TWILIO_PATIENCE) == "active"
    except TwilioError:
        return False


twilio_answers = CachedCheck(ask_twilio, lifetime=TWILIO_LIFETIME, patience=TWILIO_PATIENCE)
