"""Days that are over are counted once and kept; who changes an old call says so, and its day counts again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.db import connection
from django.utils import timezone
from pymongo import UpdateOne

from atlas.admin.periods import Period
from atlas.mongodb.errors import database_errors
from calls.daily import DayNumbers, Span, count_by_day
from calls.models import DailySummary

# Today and yesterday are counted whenever they are asked for: their calls still change.
LIVE_DAYS = 2
# Shorter than the time from the end of a day to the end of LIVE_DAYS, which a change of clocks may shorten.
LATE = timedelta(hours=22)
# Twilio ends a call after four hours.
LONGEST_CALL = timedelta(hours=4)
MOST_SPANS = 10


def is_late(at: datetime) -> bool:
    """Whether the call of something that happened then may be of a day that is kept."""
    return timezone.now() - at > LATE - LONGEST_CALL


def note_late_change(created_at: datetime) -> None:
    """To be called after something that is counted was written to a call created then."""
    if timezone.now() - created_at > LATE:
        day = timezone.localdate(created_at).isoformat()
        DailySummary.objects.filter(pk=day).find_one_and_update(upsert=True, version=uuid4().hex)


def numbers_of(period: Period) -> dict[date, DayNumbers]:
    """Of the days on which there was a call. Two commands, and one more when a day is kept from now on."""
    kept = {row.day: row for row in DailySummary.objects.filter(pk__range=_ends(period))}
    zone = str(timezone.get_current_timezone())
    live = timezone.localdate() - timedelta(days=LIVE_DAYS - 1)
    known, missing = {}, []
    for day in period.days:
        row = kept.get(day.isoformat())
        if row and row.zone == zone and row.version == row.counted_version and day < live:
            known[day] = DayNumbers.from_summary(row)
        else:
            missing.append(day)
    counted = count_by_day(list(_spans(missing)))
    to_keep = {day: counted.get(day, DayNumbers()) for day in missing if day < live}
    if to_keep:
        _keep(to_keep, zone, {day: row.version for day, row in kept.items()})
    return known | {day: counted[day] for day in missing if day in counted}


def _keep(numbers: dict[date, DayNumbers], zone: str, versions: dict[str, str | None]) -> None:
    """With the version from before the counting: a change in the meantime leaves the day to count again."""
    updates = [
        UpdateOne(
            {"_id": key},
            {"$set": {"zone": zone, "counted_version": versions.get(key), **of_day.fields()}},
            upsert=True,
        )
        for key, of_day in ((day.isoformat(), of_day) for day, of_day in numbers.items())
    ]
    collection = connection.get_collection(DailySummary._meta.db_table)  # type: ignore[attr-defined]
    with database_errors():
        collection.bulk_write(updates, ordered=False)


def _spans(days: Iterable[date]) -> Iterator[Span]:
    """The days in order as few spans: neighbours together, and all in one if they are too scattered."""
    periods: list[Period] = []
    for day in days:
        if periods and day - periods[-1].last == timedelta(days=1):
            periods[-1] = Period(periods[-1].first, day)
        else:
            periods.append(Period(day, day))
    if len(periods) > MOST_SPANS:
        periods = [Period(periods[0].first, periods[-1].last)]
    return ((period.start, period.end) for period in periods)


def _ends(period: Period) -> tuple[str, str]:
    return period.first.isoformat(), period.last.isoformat()
