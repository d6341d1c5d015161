"""
Where deliveries wait while the database is away: a SQLite file, each write of which is on the disk when it
returns. It must be on a disk of this machine: SQLite's shared memory does not work over a network.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from webhooks.deliveries import Delivery
from webhooks.models import Kind

LOCK_SECONDS = 0.5
SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    query TEXT NOT NULL,
    payload TEXT NOT NULL,
    received_at TEXT NOT NULL,
    error TEXT,
    consent TEXT
)
"""
SETUP = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # What is taken out is gone: the file keeps no copy in its free pages.
    "PRAGMA secure_delete = ON",
    SCHEMA,
)


class Entry(NamedTuple):
    id: int
    delivery: Delivery


class Journal:
    """
    One connection for all threads of this process. Raises sqlite3.Error or OSError when the disk does not
    take or give what is asked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def write(self, delivery: Delivery) -> None:
        row = (
            delivery.kind,
            json.dumps(delivery.query),
            json.dumps(delivery.payload),
            str(delivery.received_at),
            delivery.consent,
        )
        with self._open() as connection:
            connection.execute(
                "INSERT INTO deliveries (kind, query, payload, received_at, consent) VALUES (?, ?, ?, ?, ?)",
                row,
            )

    def waiting(self) -> int:
        return self._count("SELECT count(*) FROM deliveries")

    def has_queue(self) -> bool:
        """Whether deliveries wait for nothing but the database; not those that were set aside."""
        return bool(self._count("SELECT EXISTS (SELECT 1 FROM deliveries WHERE error IS NULL)"))

    def oldest(self, limit: int) -> list[Entry]:
        """Of the queue."""
        return self._entries("WHERE error IS NULL ORDER BY id LIMIT ?", limit)

    def everything(self) -> list[Entry]:
        return self._entries("ORDER BY id") if self.path.exists() else []

    def remove(self, ids: Iterable[int]) -> None:
        if not (ids := list(ids)):
            return
        with self._open() as connection:
            connection.execute("BEGIN")
            connection.executemany("DELETE FROM deliveries WHERE id = ?", [(each,) for each in ids])
            connection.execute("COMMIT")
            # Nor does the log beside it, unless somebody else is writing just now.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def set_aside(self, entry: Entry, error: str) -> None:
        """One that the database cannot take must not hold up those behind it."""
        with self._open() as connection:
            connection.execute("UPDATE deliveries SET error = ? WHERE id = ?", (error, entry.id))

    def put_back(self) -> None:
        """What was set aside is in the queue again."""
        if self.path.exists():
            with self._open() as connection:
                connection.execute("UPDATE deliveries SET error = NULL WHERE error IS NOT NULL")

    @contextmanager
    def exclusively(self) -> Iterator[bool]:
        """Whether this process alone may take deliveries out; the kernel gives way if it is killed."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(lock)

    def _entries(self, condition: str, *values: int) -> list[Entry]:
        query = f"SELECT id, kind, query, payload, received_at, consent FROM deliveries {condition}"  # noqa: S608 - ours
        with self._open() as connection:
            rows = connection.execute(query, values).fetchall()
        return [_entry(*row) for row in rows]

    def _count(self, query: str) -> int:
        if not self.path.exists():
            return 0
        with self._open() as connection:
            return int(connection.execute(query).fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._mutex:
            connection = self._current()
            try:
                yield connection
            except sqlite3.Error:
                # It rolls back, and the next begins anew.
                self._close()
                raise

    def _current(self) -> sqlite3.Connection:
        """To the file that is there: another process may have made a new one where one was deleted."""
        if self._connection is None or self._file != _identity(self.path):
            self._close()
            self._connection = self._connect()
            self._file = _identity(self.path)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # The payloads are personal data.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self.path, LOCK_SECONDS, isolation_level=None, check_same_thread=False)
        for statement in SETUP:
            connection.execute(statement)
        _bring_up_to_date(connection)
        return connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """A file of an older version has no texts of consent."""
    connection.execute("BEGIN IMMEDIATE")
    if "consent" not in {name for _, name, *_ in connection.execute("PRAGMA table_info(deliveries)")}:
        connection.execute("ALTER TABLE deliveries ADD COLUMN consent TEXT")
    connection.execute("COMMIT")


def journal() -> Journal:
    # A connection must not be carried over a fork.
    return _journal(settings.JOURNAL_PATH, os.getpid())


def waiting() -> int:
    """How many deliveries wait for the database."""
    return journal().waiting()


@cache
def _journal(path: str, _: int) -> Journal:
    return Journal(Path(path))


def _entry(id_: int, kind: str, query: str, payload: str, received_at: str, consent: str | None) -> Entry:
    at = datetime.fromisoformat(received_at)
    return Entry(id_, Delivery(Kind(kind), json.loads(query), json.loads(payload), at, consent))
