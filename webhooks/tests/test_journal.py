from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from webhooks.deliveries import Delivery
from webhooks.journal import Journal, journal, waiting
from webhooks.models import Kind

KILLED = """
import os, sys
from pathlib import Path
import django
django.setup()
from django.utils import timezone
from webhooks.deliveries import Delivery
from webhooks.journal import Journal
from webhooks.models import Kind
Journal(Path(sys.argv[1])).write(Delivery(Kind.STATUS, {}, {"CallSid": "CA1"}, timezone.now()))
os.kill(os.getpid(), 9)
"""


def delivery(call_sid: str = "CA1") -> Delivery:
    return Delivery(Kind.STATUS, {"call_id": "ü"}, {"CallSid": call_sid, "Empty": ""}, timezone.now())


def test_what_is_written_is_read_back_in_order() -> None:
    written = [delivery(f"CA{number}") for number in range(3)]
    for each in written:
        journal().write(each)
    assert [entry.delivery for entry in journal().oldest(10)] == written
    assert [entry.delivery for entry in journal().oldest(2)] == written[:2]
    assert waiting() == 3


def test_without_an_outage_there_is_no_file(own_journal: Path) -> None:
    assert (waiting(), journal().has_queue()) == (0, False)
    assert not own_journal.exists()


def test_every_write_is_on_the_disk_and_nobody_else_may_read_it(own_journal: Path) -> None:
    journal().write(delivery())
    with journal()._open() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert stat.S_IMODE(own_journal.stat().st_mode) == 0o600


def test_what_a_killed_process_wrote_is_there(own_journal: Path) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, own_journal], env=None, check=False)
    assert died.returncode == -9
    assert waiting() == 1


def test_many_threads_write_at_once() -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: journal().write(delivery(f"CA{number}")), range(64)))
    assert waiting() == 64


def test_what_was_set_aside_does_not_hold_up_the_others_and_comes_back() -> None:
    journal().write(delivery("CA1"))
    journal().write(delivery("CA2"))
    journal().set_aside(journal().oldest(1)[0], "too odd")
    assert [entry.delivery.call_sid for entry in journal().oldest(10)] == ["CA2"]
    journal().remove([2])
    assert (waiting(), journal().has_queue()) == (1, False)
    journal().put_back()
    assert journal().has_queue()


def test_one_process_at_a_time_takes_deliveries_out(own_journal: Path) -> None:
    with journal().exclusively() as first, Journal(own_journal).exclusively() as second:
        assert (first, second) == (True, False)
    with Journal(own_journal).exclusively() as third:
        assert third


def test_a_journal_that_was_deleted_is_begun_anew(own_journal: Path) -> None:
    journal().write(delivery())
    for file in own_journal.parent.glob("journal.sqlite3*"):
        file.unlink()
    journal().write(delivery())
    assert waiting() == 1


def test_a_disk_that_takes_nothing_is_an_error(own_journal: Path) -> None:
    own_journal.mkdir()
    with pytest.raises((sqlite3.Error, OSError)):
        journal().write(delivery())


def test_the_time_of_arrival_is_kept_to_the_millisecond() -> None:
    early = Delivery(Kind.STATUS, {}, {}, timezone.now() - timedelta(hours=1))
    journal().write(early)
    assert journal().oldest(1)[0].delivery.received_at == early.received_at


def test_a_journal_of_an_older_version_is_brought_up_to_date(own_journal: Path) -> None:
    with sqlite3.connect(own_journal) as old:
        old.execute(
            "CREATE TABLE deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, "
            "query TEXT NOT NULL, payload TEXT NOT NULL, received_at TEXT NOT NULL, error TEXT)"
        )
        old.execute(
            "INSERT INTO deliveries (kind, query, payload, received_at) VALUES (?, '{}', '{}', ?)",
            ("status", "2026-01-01 00:00:00+00:00"),
        )
    journal().write(delivery())
    assert [entry.delivery.kind for entry in journal().oldest(10)] == [Kind.STATUS, Kind.STATUS]


def test_nothing_is_left_on_the_disk_of_what_was_taken_out(own_journal: Path) -> None:
    journal().write(Delivery(Kind.STATUS, {}, {"To": "+14155550177"}, timezone.now()))
    written = b"".join(path.read_bytes() for path in own_journal.parent.glob("journal*"))
    assert b"+14155550177" in written
    journal().remove(entry.id for entry in journal().everything())
    left = b"".join(path.read_bytes() for path in own_journal.parent.glob("journal*"))
    assert b"+14155550177" not in left


def test_a_journal_that_was_deleted_is_begun_anew_by_all(own_journal: Path) -> None:
    ours, theirs = Journal(own_journal), Journal(own_journal)
    for each in (ours, theirs):
        each.write(delivery("CA1"))
    own_journal.unlink()
    for each in (ours, theirs, ours, theirs):
        each.write(delivery("CA2"))
    assert [entry.delivery.call_sid for entry in Journal(own_journal).everything()] == ["CA2"] * 4
