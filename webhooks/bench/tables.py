"""The results as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from webhooks.bench.measure import Row
from webhooks.bench.results import Results

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def markdown(results: Results) -> str:
    parts = [_machine(results), _main(results), _fastapi(results), _growth(results), _start(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def put_between_markers(page: str, tables: str) -> str:
    """Raises ValueError if the page has no place for them."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"The page has no lines {BEGIN} and {END}.")
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n{tables}{END}", page)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The first column is text, the others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _machine(results: Results) -> str:
    facts = [("run", results.day), ("command", f"`{results.plan.command}`"), *results.machine.items()]
    if not results.is_complete:
        facts.append(("incomplete", f"{len(results.rows)} of {results.planned} rows"))
    return table(["", ""], facts).replace("---:", "---")


def _main(results: Results) -> str:
    head = ["request", "connections", "requests/s", "p50 ms", "p95 ms", "p99 ms", "errors", "commands"]
    head += ["bare requests/s", "ratio"]
    rows = [
        [row.workload, row.connections, *_figures(row), _number(row.bare.rate), f"{row.ratio:.2f}"]
        for row in results.main_rows()
    ]
    return f"With {results.plan.stored:,} stored calls:\n\n" + table(head, rows) if rows else ""


def _figures(row: Row) -> list[str]:
    times = [_number(row.atlas.milliseconds(percent)) for percent in (50, 95, 99)]
    return [_number(row.atlas.rate), *times, str(row.atlas.errors), f"{row.commands:g}"]


def _fastapi(results: Results) -> str:
    rows = [
        [
            other.connections,
            _number(row.atlas.rate),
            _number(other.fastapi.rate),
            _number(row.atlas.milliseconds(95)),
            _number(other.fastapi.milliseconds(95)),
            f"{row.atlas.rate / other.fastapi.rate:.2f}",
        ]
        for other, row in results.compared()
    ]
    if not rows and not results.is_complete:
        return ""
    if not rows:
        return "No comparison with FastAPI: `pip install -r requirements-dev.txt` brings it."
    head = ["connections", "Atlas requests/s", "FastAPI requests/s", "Atlas p95 ms", "FastAPI p95 ms"]
    return "A status webhook, and the same one sent to a minimal FastAPI service:\n\n" + table(
        [*head, "Atlas / FastAPI"], rows
    )


def _growth(results: Results) -> str:
    """Milliseconds for a request: the connections' time shared out among what they got done."""
    sizes = sorted(results.plan.sizes)
    if len(sizes) < 2:
        return ""
    lines = [
        [name, *_times(rows, len(sizes)), *_growth_of(rows)]
        for name, rows in results.growth_rows().items()
        if len(rows) > 1
    ]
    if not lines:
        return ""
    head = ["milliseconds for a request", *(f"{size:,} calls" for size in sizes), "growth", "growth of bare"]
    title = f"With {results.plan.growth_connections} connections, as the data grows:\n\n"
    return title + table(head, lines)


def _times(rows: list[Row], sizes: int) -> list[str]:
    """A run that ended before its end has not come to the largest sizes."""
    times = [_number(1000 / row.atlas.rate) for row in rows]
    return times + [""] * (sizes - len(times))


def _growth_of(rows: list[Row]) -> list[str]:
    first, last = rows[0], rows[-1]
    return [f"{first.atlas.rate / last.atlas.rate:.2f}", f"{first.bare.rate / last.bare.rate:.2f}"]


def _start(results: Results) -> str:
    rows = [[name, f"{seconds:.2f}"] for name, seconds in results.seconds_to_start.items()]
    return table(["start", "seconds"], rows) if rows else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1 else f"{value:.2f}"
