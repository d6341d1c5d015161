"""The limit: the same database commands, sent by as many threads of one process with PyMongo alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from webhooks.bench.load import Load

Document = dict[str, Any]
WRITES = ("insert", "update", "delete", "findAndModify")


def send_commands(
    requests: Sequence[Sequence[Document]], *, uri: str, database: str, connections: int
) -> Load:
    """Each request is the list of its commands, sent one after the other."""
    with MongoClient[Document](uri, maxPoolSize=connections) as client:
        senders = [Sender(client[database], requests[first::connections]) for first in range(connections)]
        for sender in senders:
            sender.warm_up()
        started = time.perf_counter()
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        seconds = time.perf_counter() - started
    latencies = [latency for sender in senders for latency in sender.latencies]
    return Load(seconds, latencies, sum(sender.errors for sender in senders))


class Sender(threading.Thread):
    def __init__(self, database: Database[Document], requests: Sequence[Sequence[Document]]) -> None:
        super().__init__(daemon=True)
        self._database = database
        self._requests = [[self._with_concern(command) for command in commands] for commands in requests]
        self.latencies: list[float] = []
        self.errors = 0

    def _with_concern(self, command: Document) -> Document:
        """Database.command() leaves out the write concern that the methods of a collection send."""
        concern = self._database.write_concern.document
        is_write = next(iter(command)) in WRITES
        return command | {"writeConcern": concern} if concern and is_write else command

    def warm_up(self) -> None:
        self._database.command("ping")

    def run(self) -> None:
        for commands in self._requests:
            started = time.perf_counter()
            try:
                answers = [self._database.command(command) for command in commands]
                self.errors += any("writeErrors" in answer for answer in answers)
            except PyMongoError:
                self.errors += 1
            self.latencies.append(time.perf_counter() - started)
