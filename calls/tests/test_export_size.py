"""An export takes the same memory whatever its length."""

from __future__ import annotations

import tracemalloc
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection

from atlas.mongodb import query
from atlas.mongodb.testing import has_index_in_order, plan_of, recorded_commands
from atlas.tests.desk import CALLS, signed_in
from calls.admin import export
from calls.tests.factories import call_sid

pytestmark = pytest.mark.django_db

BATCH = 50
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def add_calls(first: int, last: int) -> None:
    """As MongoDB has them, and heavy, so that what is held shows."""
    connection.get_collection("calls").insert_many(  # type: ignore[attr-defined]
        {
            "call_id": str(number),
            "twilio_sid": call_sid(),
            "to_number": "+14155550123",
            "status": "failed",
            "error_message": f"{number:05} " + "x" * 3000,
            "created_at": NOON - timedelta(seconds=number),
        }
        for number in range(first, last)
    )


def peak_of(answer: Any) -> tuple[int, int]:
    """Lines, and the most bytes held while they were sent."""
    tracemalloc.start()
    try:
        lines = sum(part.count(b"\n") for part in answer.streaming_content)
        return lines, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_of_six_times_the_calls_holds_no_more_of_them(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "BATCH", BATCH)
    monkeypatch.setattr(export, "CHUNK", BATCH)
    client = signed_in()
    add_calls(0, 200)
    peak_of(client.get(f"{CALLS}export/{form}/"))
    lines, peak = peak_of(client.get(f"{CALLS}export/{form}/"))
    add_calls(200, 1200)
    more_lines, higher = peak_of(client.get(f"{CALLS}export/{form}/"))
    assert more_lines - lines == 1000
    assert higher < peak * 1.2, (peak, higher)
    # Two batches at most: the one that is read and the one before.
    assert higher < 1000 * 3000 / 2


def test_an_export_is_one_cursor_in_the_order_of_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "BATCH", BATCH)
    client = signed_in()
    add_calls(0, 2 * BATCH + 1)
    for filters in ("", "?outcome=failed", "?from=2026-01-01"):
        with recorded_commands() as commands:
            answer: Any = client.get(f"{CALLS}export/csv/{filters}")
            assert sum(part.count(b"\r\n") for part in answer.streaming_content) == 2 * BATCH + 2
        finds = [command for command in commands if command.body.get("find") == "calls"]
        # The other is the page of the list that the export belongs to.
        [find] = [find for find in finds if "limit" not in find.body]
        assert find.body["batchSize"] == BATCH
        assert "COLLSCAN" not in plan_of(find) or not find.body["filter"]
        assert has_index_in_order(find), find
        more = [command.body for command in commands if command.body.get("collection") == "calls"]
        assert [body["batchSize"] for body in more] == [BATCH, BATCH]
