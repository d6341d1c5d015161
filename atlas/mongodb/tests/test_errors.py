import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections
from django.db.models import F
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteError,
)

from atlas.mongodb.base import DatabaseWrapper
from atlas.mongodb.errors import database_errors
from atlas.mongodb.tests.conftest import NOON, MakeLetter
from atlas.mongodb.tests.models import Letter

LETTERS = Letter.objects.using("away")


@pytest.fixture
def away() -> Iterator[DatabaseWrapper]:
    """A database whose server does not answer."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings = {
            **connection.settings_dict,
            "HOST": f"mongodb://127.0.0.1:{closed.getsockname()[1]}/?directConnection=true",
            "OPTIONS": {"serverSelectionTimeoutMS": 20},
        }
        connections["away"] = DatabaseWrapper(settings, "away")
        yield connections["away"]  # type: ignore[misc]
        connections["away"].close_pool()  # type: ignore[attr-defined]
        del connections["away"]


@pytest.mark.parametrize(
    "use",
    [
        lambda: list(LETTERS.all()),
        lambda: list(LETTERS.filter(author__name="Ann")),
        lambda: next(LETTERS.iterator()),
        lambda: LETTERS.get(sid="CA1"),
        lambda: LETTERS.count(),
        lambda: LETTERS.filter(status="new").count(),
        lambda: LETTERS.exists(),
        lambda: LETTERS.values("status").distinct().count(),
        lambda: LETTERS.create(key="6f1c0d3c-7a58-4c6f-9a52-5ad4a1f0b9a1", created_at=NOON),
        lambda: LETTERS.update(rank=F("rank") + 1),
        lambda: LETTERS.filter(rank=1)._raw_delete("away"),
        lambda: connections["away"].introspection.table_names(),
    ],
)
def test_a_server_that_is_away_is_an_operational_error(away: DatabaseWrapper, use: Callable[[], Any]) -> None:
    with pytest.raises(OperationalError, match="Connection refused"):
        use()


def test_it_tells_whether_the_server_answers(away: DatabaseWrapper, tables: None) -> None:
    assert connection.is_usable()
    assert not away.is_usable()


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("x"),
        NetworkTimeout("x"),
        NotPrimaryError("x"),
        WaitQueueTimeoutError("x"),
        ConfigurationError("x"),
        ExecutionTimeout("x", 50),
        OperationFailure("x", 13),
        OperationFailure("x", 18),
        OperationFailure("x", 14031),
        WriteError("x", 371),
        BulkWriteError({"writeErrors": [{"code": 14031, "errmsg": "x"}]}),
        BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": "x"}]}),
    ],
)
def test_what_may_work_later_is_an_operational_error(error: PyMongoError) -> None:
    with pytest.raises(OperationalError, match=r"x|batch op errors"), database_errors():
        raise error


def test_a_command_that_the_server_refuses_is_not(make_letter: MakeLetter) -> None:
    make_letter(status="new")

    with pytest.raises(DatabaseError) as raised:
        list(Letter.objects.filter(status__regex="("))

    assert not isinstance(raised.value, OperationalError | IntegrityError)
    assert str(raised.value)


def test_a_refused_batch_names_the_field(make_letter: MakeLetter) -> None:
    failure = {"writeErrors": [{"code": 11000, "keyPattern": {"sid": 1}, "keyValue": {"sid": "CA1"}}]}

    with pytest.raises(IntegrityError, match=r"^duplicate key: sid$"), database_errors():
        raise BulkWriteError(failure)


def test_an_error_of_ours_passes_unchanged() -> None:
    with pytest.raises(IntegrityError, match="mine"), database_errors():
        raise IntegrityError("mine")


def test_it_needs_a_host_or_a_directory() -> None:
    wrapper = DatabaseWrapper({**connection.settings_dict, "HOST": "", "EMBEDDED_DIRECTORY": ""}, "nowhere")

    with pytest.raises(ImproperlyConfigured, match="EMBEDDED_DIRECTORY"):
        wrapper.connect()
