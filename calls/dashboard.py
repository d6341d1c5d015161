"""What calls offer to the desk's first page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest

from atlas.admin.cards import (
    Attention,
    Card,
    Chart,
    Figure,
    change_in_percent,
    change_in_points,
    list_link,
)
from atlas.admin.periods import Period
from atlas.mongodb.queryset import count_up_to
from atlas.templatetags.desk import clock
from calls.lifecycle import OPEN, CallStatus
from calls.models import Call, Recording
from calls.reports import Activity, activity, median_durations
from calls.selectors import calls_without_recording, stuck_calls

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEATS = 5
# Name, value of the list's filter, tone and statuses.
OUTCOMES: list[tuple[str, str, str, list[CallStatus]]] = [
    ("Answered", "answered", "good", [CallStatus.COMPLETED]),
    ("No answer", "no-answer", "warn", [CallStatus.NO_ANSWER]),
    ("Busy", "busy", "busy", [CallStatus.BUSY]),
    ("Failed", "failed", "bad", [CallStatus.FAILED]),
    ("Canceled", "canceled", "dull", [CallStatus.CANCELED]),
    ("Live", "live", "live", OPEN),
]


def cards(request: HttpRequest, period: Period) -> list[Figure | Card]:
    if not request.user.has_perm("calls.view_call"):  # type: ignore[union-attr]
        return []
    both = activity(Period(period.before.first, period.last))
    now, before = both.within(period), both.within(period.before)
    return [
        *_figures(period, now, before),
        Card("Calls per day", "desk/chart.html", {"chart": _per_day(period, now)}, width=7),
        Card(
            "When calls are placed",
            "calls/heat_map.html",
            {"rows": _heat_map(period, now), "hours": _hours(now), "total": now.total},
            width=5,
        ),
    ]


def _figures(period: Period, now: Activity, before: Activity) -> list[Figure]:
    length, length_before = median_durations(period)
    rate, rate_before = now.answer_rate, before.answer_rate
    return [
        Figure(
            "Calls placed",
            f"{now.total:,}",
            list_link("calls_call", **period.query),
            change=change_in_percent(now.total, before.total),
            note=f"{before.total:,} in the {len(period.days)} days before",
        ),
        Figure(
            "Answer rate",
            "–" if rate is None else f"{rate:.0%}",  # noqa: RUF001
            list_link("calls_call", outcome="answered", **period.query),
            change=change_in_points(rate, rate_before),
            is_better=None if rate is None or rate_before is None else rate >= rate_before,
            note=f"{now.number_of(CallStatus.COMPLETED):,} answered",
        ),
        Figure(
            "Median length",
            clock(None if length is None else round(length)),
            list_link("calls_call", outcome="answered", **period.query),
            change=change_in_percent(length or 0, length_before or 0),
            note="minutes and seconds of answered calls",
        ),
    ]


def _per_day(period: Period, now: Activity) -> Chart:
    counts = now.by_day()
    return Chart(
        name="calls-per-day",
        kind="stacked",
        labels=[f"{day:%a} {day.day} {day:%b}" for day in period.days],
        series=[
            (name, tone, [sum(counts[day, status] for status in statuses) for day in period.days])
            for name, _, tone, statuses in OUTCOMES
        ],
        links=[[_on(day, outcome) for day in period.days] for _, outcome, _, _ in OUTCOMES],
    )


def _on(day: date, outcome: str) -> str:
    return list_link("calls_call", outcome=outcome, **Period(day, day).query)


def _hours(now: Activity) -> range:
    """From the first to the last that saw a call; working hours at least."""
    seen = {hour for _, hour in now.by_week_hour()}
    return range(min({8, *seen}), max({18, *seen}) + 1)


def _heat_map(period: Period, now: Activity) -> list[dict[str, Any]]:
    counts = now.by_week_hour()
    most = max(counts.values(), default=0)

    def cell(day: int, hour: int) -> dict[str, Any]:
        count = counts[day, hour]
        link = list_link("calls_call", hour=f"{day}-{hour:02}", **period.query) if count else ""
        return {"count": count, "heat": -(-count * HEATS // most) if count else 0, "link": link, "hour": hour}

    return [
        {"day": name, "cells": [cell(day, hour) for hour in _hours(now)]}
        for day, name in enumerate(DAYS, start=1)
    ]


def attention(request: HttpRequest, period: Period) -> list[Attention]:
    if not request.user.has_perms(["calls.view_call", "calls.view_recording"]):  # type: ignore[union-attr]
        return []
    calls = Call.objects.filter(created_at__gte=period.start)
    recordings = Recording.objects.filter(created_at__gte=period.start)
    return [
        Attention(
            "calls stuck for more than 10 minutes",
            "Sync them with Twilio, or hang them up.",
            count_up_to(Attention.MOST, stuck_calls(Call.objects.all())),
            list_link("calls_call", outcome="stuck"),
            tone="bad",
        ),
        Attention(
            "recordings missing",
            "Sync these calls: that fetches what Twilio has.",
            count_up_to(Attention.MOST, calls_without_recording(calls)),
            list_link("calls_call", recorded="missing", **{"from": period.query["from"]}),
        ),
        Attention(
            "transcriptions failed",
            "Listen instead: Twilio does not transcribe a recording twice.",
            count_up_to(Attention.MOST, recordings.filter(transcription__status="failed")),
            list_link("calls_recording", transcript="failed", **{"from": period.query["from"]}),
        ),
    ]
