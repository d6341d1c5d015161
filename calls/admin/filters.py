"""Filters in words; each is in the address, so that a list can be sent to a colleague."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.http import HttpRequest

from atlas.admin.filters import PeriodFilter, WordsFilter
from calls.lifecycle import OPEN, CallStatus, RecordingStatus
from calls.selectors import calls_without_recording, stuck_calls

NOT_CONNECTED = [CallStatus.FAILED, CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.CANCELED]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class OutcomeFilter(WordsFilter):
    title = "outcome"
    parameter_name = "outcome"
    choices_of = {
        "answered": ("Answered", Q(status=CallStatus.COMPLETED)),
        "busy": ("Busy", Q(status=CallStatus.BUSY)),
        "no-answer": ("No answer", Q(status=CallStatus.NO_ANSWER)),
        "failed": ("Failed", Q(status=CallStatus.FAILED)),
        "canceled": ("Canceled", Q(status=CallStatus.CANCELED)),
        "not-connected": ("Not connected", Q(status__in=NOT_CONNECTED)),
        "live": ("Live now", Q(status__in=OPEN)),
        "stuck": ("Stuck for more than 10 minutes", Q()),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return stuck_calls(queryset) if self.value() == "stuck" else super().queryset(request, queryset)


class RecordedFilter(WordsFilter):
    title = "recording"
    parameter_name = "recorded"
    choices_of = {
        "yes": ("Recorded", Q(recording_status=RecordingStatus.COMPLETED)),
        "missing": ("Recording missing", Q()),
        "silent": ("Nothing was said", Q(recording_status=RecordingStatus.ABSENT)),
        "failed": ("Recording failed", Q(recording_status=RecordingStatus.FAILED)),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        missing = self.value() == "missing"
        return calls_without_recording(queryset) if missing else super().queryset(request, queryset)


class RatedFilter(WordsFilter):
    title = "feedback"
    parameter_name = "rated"
    choices_of = {
        "yes": ("Rated", Q(worst_score__gte=1)),
        "no": ("Not rated", Q(worst_score=None)),
    }


class WorstScoreFilter(WordsFilter):
    title = "worst score"
    parameter_name = "worst"
    choices_of = {
        "1": ("1 of 5", Q(worst_score=1)),
        "2": ("2 or less", Q(worst_score__lte=2)),
        "3": ("3 or less", Q(worst_score__lte=3)),
        "4": ("4 or better", Q(worst_score__gte=4)),
        "5": ("5 in everything", Q(worst_score=5)),
    }


class WeekHourFilter(WordsFilter):
    """An hour of the week, such as `?hour=1-09` for Mondays from 9 to 10: where the heat map leads to."""

    title = "hour of the week"
    parameter_name = "hour"
    choices_of = {
        f"{day}-{hour:02}": (f"{name}s from {hour}:00 to {hour + 1}:00", Q(week_day=day, day_hour=hour))
        for day, name in enumerate(WEEKDAYS, start=1)
        for hour in range(24)
    }

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Only the one that is chosen: nobody picks one of 168 from a list."""
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, self.choices_of[chosen][0])] if chosen in self.choices_of else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in self.choices_of:
            return queryset
        when = queryset.alias(week_day=ExtractIsoWeekDay("created_at"), day_hour=ExtractHour("created_at"))
        return super().queryset(request, when)


CALL_FILTERS = [OutcomeFilter, PeriodFilter, RecordedFilter, RatedFilter, WorstScoreFilter, WeekHourFilter]
