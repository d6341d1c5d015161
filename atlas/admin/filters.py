from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib.admin import ListFilter, ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from atlas.admin.periods import Period, midnight

LAST_DAY = date(9999, 1, 1)


class WordsFilter(SimpleListFilter):
    """Choices in words; a subclass says which rows each stands for."""

    choices_of: Mapping[str, tuple[str, Q]]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _) in self.choices_of.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.choices_of.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class PeriodFilter(ListFilter):
    """`?period=today` and so on, or `?from=2026-01-31&to=2026-02-01` with both days included."""

    title = "when"
    template = "desk/period_filter.html"
    field = "created_at"
    parameters = ("period", "from", "to")
    names = {"today": "Today", "yesterday": "Yesterday", "7d": "Last 7 days", "30d": "Last 30 days"}

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Any], model_admin: ModelAdmin[Any]
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameters:
            if name in params:
                values = params.pop(name)
                self.used_parameters[name] = values[-1] if isinstance(values, list) else values
        self.kept_parameters = [
            (name, value) for name, value in request.GET.items() if name not in (*self.parameters, "p", "e")
        ]

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters)

    def _used(self, parameter: str) -> str | None:
        value = self.used_parameters.get(parameter)
        return str(value) if value else None

    @property
    def first(self) -> date | None:
        return _day(self._used("from"))

    @property
    def last(self) -> date | None:
        return _day(self._used("to"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._days()
        if first:
            queryset = queryset.filter(**{f"{self.field}__gte": midnight(first)})
        if last:
            queryset = queryset.filter(**{f"{self.field}__lt": midnight(last + timedelta(days=1))})
        return queryset

    def _days(self) -> tuple[date | None, date | None]:
        name = self._used("period") or ""
        if name == "yesterday":
            yesterday = timezone.localdate() - timedelta(days=1)
            return yesterday, yesterday
        days = {"today": 1, "7d": 7, "30d": 30}.get(name)
        return (Period.of_last(days).first, None) if days else (self.first, self.last)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        chosen = self.used_parameters.get("period")
        yield {
            "selected": not self.used_parameters,
            "query_string": changelist.get_query_string(remove=self.parameters),
            "display": "Any time",
        }
        for value, words in self.names.items():
            yield {
                "selected": chosen == value,
                "query_string": changelist.get_query_string({"period": value}, remove=["from", "to"]),
                "display": words,
            }
        if self.first or self.last:
            yield {"selected": True, "query_string": "", "display": self._range_in_words()}

    def _range_in_words(self) -> str:
        if self.first == self.last:
            return f"{self.first:%d %b %Y}"
        return " ".join(
            f"{word} {day:%d %b %Y}" for word, day in (("from", self.first), ("to", self.last)) if day
        )


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
        # The day after the last would be none that can be reckoned with.
        return day if date.min < day < LAST_DAY else None
    except ValueError:
        return None
