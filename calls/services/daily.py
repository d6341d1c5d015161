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
    rows = _rows(period)
    known = {day: DayNumbers.from_summary(row) for day, row in rows.items() if _holds(row)}
    missing = [day for day in period.days if day not in known]
    counted = count_by_day(list(_spans(missing)))
    live = _first_live_day()
    to_keep = {day: counted.get(day, DayNumbers()) for day in missing if day < live}
    if to_keep:
        _keep(to_keep, {day: row.version for day, row in rows.items()})
    return known | {day: counted[day] for day in missing if day in counted}


def days_to_count(period: Period) -> list[date]:
    """Those that are over, and that numbers_of() would count and keep."""
    rows, live = _rows(period), _first_live_day()
    return [day for day in period.days if day < live and not (day in rows and _holds(rows[day]))]


def _rows(period: Period) -> dict[date, DailySummary]:
    kept = DailySummary.objects.filter(pk__range=(period.first.isoformat(), period.last.isoformat()))
    return {date.fromisoformat(row.day): row for row in kept}


def _holds(row: DailySummary) -> bool:
    is_over = date.fromisoformat(row.day) < _first_live_day()
    return is_over and row.zone == _zone() and row.version == row.counted_version


def _first_live_day() -> date:
    return timezone.localdate() - timedelta(days=LIVE_DAYS - 1)


def _zone() -> str:
    return str(timezone.get_current_timezone())


def _keep(numbers: dict[date, DayNumbers], versions: dict[date, str | None]) -> None:
    """With the version from before the counting: a change in the meantime leaves the day to count again."""
    updates = [
        UpdateOne(
            {"_id": day.isoformat()},
            {"$set": {"zone": _zone(), "counted_version": versions.get(day), **of_day.fields()}},
            upsert=True,
        )
        for day, of_day in numbers.items()
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
