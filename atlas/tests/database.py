"""
Empties the database after a test, quickly. MongoDB has no rollback, and Django's flush would empty every
collection and make all permissions anew: a hundred commands, whatever the test did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from pymongo import monitoring

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

WRITES = ("insert", "update", "delete", "findAndModify")


class WrittenCollections(monitoring.CommandListener):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in WRITES:
            self.names.add(event.command[event.command_name])

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


written = WrittenCollections()
monitoring.register(written)
# What the migrations made, by collection.
first_documents: dict[str, list[dict[str, Any]]] = {}


def remember() -> None:
    """To be called once, when the migrations have run."""
    database = connection.database  # type: ignore[attr-defined]
    for name in database.list_collection_names():
        if documents := list(database[name].find()):
            first_documents[name] = documents
    written.names.clear()


def restore() -> None:
    """Brings each collection that was written to back to what the migrations made."""
    for name in sorted(written.names):
        collection = connection.database[name]  # type: ignore[attr-defined]
        collection.delete_many({})
        if name in first_documents:
            collection.insert_many(first_documents[name])
    written.names.clear()
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        remember()
    TransactionTestCase._fixture_teardown = lambda _: restore()  # type: ignore[attr-defined]
