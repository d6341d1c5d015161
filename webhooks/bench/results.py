"""All figures of a run, as JSON and for the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webhooks.bench.load import Load
from webhooks.bench.measure import Comparison, Row
from webhooks.bench.plan import Plan

COMPARED = "status webhook"


@dataclass(frozen=True)
class Results:
    """`rows` and `comparisons` grow while the bench runs, to `planned` rows."""

    plan: Plan
    day: str
    machine: dict[str, str]
    seconds_to_start: dict[str, float]
    planned: int
    rows: list[Row] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return len(self.rows) >= self.planned

    def main_rows(self) -> list[Row]:
        plan = self.plan
        return [row for row in self.rows if row.stored == plan.stored and row.connections in plan.connections]

    def growth_rows(self) -> dict[str, list[Row]]:
        """By workload, in the order of the sizes."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.stored in self.plan.sizes and row.connections == self.plan.growth_connections:
                found.setdefault(row.workload, []).append(row)
        return found

    def compared(self) -> list[tuple[Comparison, Row]]:
        rows = {row.connections: row for row in self.main_rows() if row.workload == COMPARED}
        return [(each, rows[each.connections]) for each in self.comparisons if each.connections in rows]

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.plan.command,
            "day": self.day,
            "machine": self.machine,
            "is_complete": self.is_complete,
            "seconds_to_start": {name: round(seconds, 2) for name, seconds in self.seconds_to_start.items()},
            "rows": [_row(row) for row in self.rows],
            "fastapi_status_webhook": [
                {"connections": each.connections, **_load(each.fastapi)} for each in self.comparisons
            ],
        }


def _row(row: Row) -> dict[str, Any]:
    return {
        "workload": row.workload,
        "stored_calls": row.stored,
        "connections": row.connections,
        "commands_per_request": row.commands,
        "ratio": round(row.ratio, 2),
        "atlas": _load(row.atlas),
        "bare_pymongo": _load(row.bare),
    }


def _load(load: Load) -> dict[str, Any]:
    percentiles = {f"p{percent}_ms": round(load.milliseconds(percent), 2) for percent in (50, 95, 99)}
    return {
        "requests": len(load.latencies),
        "requests_per_second": round(load.rate, 1),
        **percentiles,
        "errors": load.errors,
    }
