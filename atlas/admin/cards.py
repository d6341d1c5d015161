"""What the apps hand to the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.urls import reverse


@dataclass(frozen=True)
class Figure:
    """One number: `change` is against the period before, and `is_better` says whether that is good news."""

    label: str
    value: str
    link: str
    change: str = ""
    is_better: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Card:
    """`template` gets the context; `width` is in twelfths of the page."""

    title: str
    template: str
    context: Mapping[str, Any]
    width: int = 6
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """
    For charts.js: `kind` is stacked, shares or line. `series` are rows of (name, tone, numbers), one number
    for each label; the table beneath shows the same, each number with its link.
    """

    name: str
    kind: str
    labels: Sequence[str]
    series: Sequence[tuple[str, str, Sequence[float | None]]]
    links: Sequence[Sequence[str]] = field(default_factory=list)
    unit: str = ""

    @property
    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "unit": self.unit,
            "series": [
                {"name": n, "tone": tone, "numbers": list(numbers)} for n, tone, numbers in self.series
            ],
            "links": [list(row) for row in self.links],
        }

    @property
    def is_empty(self) -> bool:
        return not any(number for _, _, numbers in self.series for number in numbers)

    @property
    def rows(self) -> list[tuple[str, list[tuple[float | None, str]]]]:
        """Of the table: a label, and a number with its link for each series."""
        return [
            (
                label,
                [
                    (numbers[at], self.links[of][at] if self.links else "")
                    for of, (_, _, numbers) in enumerate(self.series)
                ],
            )
            for at, label in enumerate(self.labels)
        ]


@dataclass(frozen=True)
class Attention:
    """Something that somebody should look at; nothing to do where `count` is 0. Counting stops at MOST."""

    MOST: ClassVar[int] = 1000

    words: str
    advice: str
    count: int
    link: str
    tone: str = "warn"

    @property
    def number(self) -> str:
        return f"{self.count:,}{'+' if self.count == self.MOST else ''}"


def list_link(model: str, **query: Any) -> str:
    """The list of a model such as calls_call, filtered."""
    address = reverse(f"admin:{model}_changelist")
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{address}?{urlencode(kept)}" if kept else address


def change_in_percent(now: float, before: float) -> str:
    if not before:
        return ""
    return f"{(now - before) / before:+.0%}"


def change_in_points(now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return ""
    return f"{(now - before) * 100:+.0f} pt"
