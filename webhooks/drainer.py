"""Empties the journal as soon as the database is back, in every web process, one of them at a time."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

import pymongo
from django.db import DatabaseError, OperationalError
from django.utils import timezone

from atlas.health import database_answers
from atlas.mongodb import outage
from calls.lifecycle import Outcome
from webhooks.journal import Entry, journal
from webhooks.models import WebhookEvent
from webhooks.services import apply, database_breaker, failed, keep, replay

logger = logging.getLogger(__name__)

BATCH = 100
POLL_SECONDS = 0.5
RETRY_SECONDS = 60.0
DEADLINE_SECONDS = 2.0
UNMATCHED_FOR = timedelta(days=1)


def drain() -> int:
    """
    Applies what waits in the journal, oldest first, and returns how many that were; none if another process
    is at it. Raises OperationalError while the database is away.
    """
    count = 0
    with journal().exclusively() as is_ours:
        while is_ours and (entries := journal().oldest(BATCH)):
            count += _drain_batch(entries)
    return count


def _drain_batch(entries: list[Entry]) -> int:
    """Killed before the end, it applies the batch once more: that changes nothing."""
    done: list[int] = []
    try:
        for entry in entries:
            if _take_in(entry):
                done.append(entry.id)
    finally:
        journal().remove(done)
    return len(done)


def _take_in(entry: Entry) -> bool:
    delivery = entry.delivery
    try:
        with pymongo.timeout(DEADLINE_SECONDS):
            try:
                result = apply(delivery)
            except OperationalError:
                raise
            except DatabaseError as error:
                result = failed(delivery, error)
            keep(delivery, result)
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("A %s delivery cannot be kept; it is tried again later", delivery.kind)
        journal().set_aside(entry, f"{type(error).__name__}: {error}")
        return False
    database_breaker.succeeded()
    return True


class UnmatchedDeliveries:
    """Those of the last day, tried again batch by batch: their call may have become known."""

    def __init__(self) -> None:
        self._before = timezone.now()

    def retry(self) -> int:
        """Returns how many found their call. Raises DatabaseError."""
        newest_first = WebhookEvent.objects.filter(
            outcome=Outcome.UNMATCHED,
            received_at__gte=timezone.now() - UNMATCHED_FOR,
            received_at__lt=self._before,
        ).order_by("-received_at")
        with pymongo.timeout(DEADLINE_SECONDS):
            batch = list(newest_first[:BATCH])
        self._before = batch[-1].received_at if len(batch) == BATCH else timezone.now()
        return sum(_finds_its_call(event) for event in reversed(batch))


def _finds_its_call(event: WebhookEvent) -> bool:
    with pymongo.timeout(DEADLINE_SECONDS):
        return replay(event) != Outcome.UNMATCHED


class Drainer(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="webhooks-drainer", daemon=True)
        self._end = threading.Event()
        self._unmatched = UnmatchedDeliveries()
        self._retry_at = 0.0
        self._is_away = False

    def run(self) -> None:
        while not self._end.is_set():
            try:
                self.step()
            except Exception:
                # Whatever it was: without this thread nothing would ever be applied.
                logger.exception("The journal could not be emptied")
            self._end.wait(POLL_SECONDS)

    def stop(self) -> None:
        self._end.set()
        self.join()

    def step(self) -> None:
        try:
            if time.monotonic() >= self._retry_at:
                self._retry_at = time.monotonic() + RETRY_SECONDS
                self._retry()
            if journal().has_queue():
                self._drain()
            elif (database_breaker.is_open or outage.breaker.is_open) and database_answers():
                database_breaker.succeeded()
        except OperationalError as error:
            if not self._is_away:
                logger.warning("The database is away, deliveries wait in the journal: %s", error)
            self._is_away = True
        else:
            self._is_away = False

    def _drain(self) -> None:
        if count := drain():
            logger.warning("%s deliveries that waited for the database are applied", count)

    def _retry(self) -> None:
        journal().put_back()
        with journal().exclusively() as is_ours:
            if is_ours and (count := self._unmatched.retry()):
                logger.info("%s deliveries have found their call", count)


def start() -> None:
    """To be called once in each web process."""
    Drainer().start()
