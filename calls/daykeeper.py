"""Counts the days that are over before somebody asks for them and has to wait, in every web process."""

from __future__ import annotations

import logging
import random
import threading
from datetime import date, timedelta

from django.db import DatabaseError
from django.utils import timezone

from atlas.admin.periods import DAYS, Period
from calls.models import Call
from calls.services import days_to_count, numbers_of

logger = logging.getLogger(__name__)

# A server that has just started has other things to do.
FIRST_AFTER_SECONDS = 60.0
EVERY_SECONDS = 3600.0
# What the longest period of the dashboard compares.
MOST_DAYS = timedelta(days=2 * max(DAYS))


def count_past_days() -> int:
    """
    One day after the other, none before the first call; returns how many were counted. Several may be at it:
    they begin at different ends, and a day that is counted twice is kept once. Raises DatabaseError.
    """
    first = Call.objects.order_by("created_at", "id").values_list("created_at", flat=True).first()
    if first is None:
        return 0
    today = timezone.localdate()
    days = days_to_count(Period(max(timezone.localdate(first), today - MOST_DAYS), today))
    random.shuffle(days)
    return sum(_count(day) for day in days)


def _count(day: date) -> int:
    period = Period(day, day)
    if not days_to_count(period):  # somebody else was faster
        return 0
    numbers_of(period)
    return 1


class DayKeeper(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="calls-daykeeper", daemon=True)
        self._end = threading.Event()

    def run(self) -> None:
        wait = FIRST_AFTER_SECONDS
        while not self._end.wait(wait):
            wait = EVERY_SECONDS
            try:
                count_past_days()
            except DatabaseError as error:
                logger.warning("Past days are not counted, the dashboard will do it itself: %s", error)

    def stop(self) -> None:
        self._end.set()
        self.join()


def start() -> None:
    """To be called once in each web process."""
    DayKeeper().start()
