"""The first page: lays out what the apps offer."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from atlas.admin.cards import Card, Figure
from atlas.admin.periods import DAYS, Period


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    days = chosen_days(request)
    period = Period.of_last(days)
    attention = [each for each in offered(settings.DASHBOARD_ATTENTION, request, period) if each.count]
    cards = offered(settings.DASHBOARD_CARDS, request, period)
    return {
        **context,
        "title": "Dashboard",
        "period": period,
        "chosen_days": days,
        "choices": DAYS,
        "figures": [card for card in cards if isinstance(card, Figure)],
        "cards": [card for card in cards if isinstance(card, Card)],
        "attention": attention,
    }


def chosen_days(request: HttpRequest) -> int:
    chosen = request.GET.get("days", "")
    return int(chosen) if chosen in map(str, DAYS) else DAYS[0]


def offered(functions: list[str], request: HttpRequest, period: Period) -> list[Any]:
    return list(chain.from_iterable(import_string(name)(request, period) for name in functions))
