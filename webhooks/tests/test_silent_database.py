"""The API and the admin while the database is silent or slow: a 503 in time, and then at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from atlas.mongodb import outage
from webhooks.tests.conftest import reconnect
from webhooks.tests.database_proxy import DatabaseProxy, Fault


@pytest.fixture
def impatient(api: APIClient, proxy: DatabaseProxy) -> Iterator[DatabaseProxy]:
    """As MONGO_COMMAND_TIMEOUT_MS says, only shorter."""
    options, host = connection.settings_dict["OPTIONS"], connection.settings_dict["HOST"]
    connection.settings_dict["OPTIONS"] = {**options, "timeoutMS": 700}
    reconnect(host)
    yield proxy
    proxy.fault = Fault.NONE
    outage.breaker.succeeded()
    connection.settings_dict["OPTIONS"] = options
    reconnect(host)


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SLOW])
def test_a_request_ends_in_time_and_the_next_at_once(
    api: APIClient, impatient: DatabaseProxy, fault: Fault
) -> None:
    assert api.get("/users").status_code == 200
    impatient.fault = fault
    first: Any = api.get("/users")
    assert (first.status_code, first["Retry-After"], first.json()["error"]) == (503, "5", "unavailable")
    assert outage.breaker.is_open
    started = time.monotonic()
    assert {api.get("/users").status_code for _ in range(20)} == {503}
    # Each alone would have waited for 0.7 seconds.
    assert time.monotonic() - started < 20 * 0.7 / 2


def test_as_soon_as_the_database_answers_everybody_is_served(
    api: APIClient, impatient: DatabaseProxy
) -> None:
    impatient.fault = Fault.SILENT
    assert api.get("/users").status_code == 503
    impatient.fault = Fault.NONE
    while not connection.is_usable():
        time.sleep(0.05)
    assert api.get("/users").status_code == 200


def test_a_page_of_the_desk_says_so_as_well(impatient: DatabaseProxy) -> None:
    impatient.fault = Fault.SILENT
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/admin/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_migration_has_no_limit(impatient: DatabaseProxy) -> None:
    impatient.fault = Fault.NONE
    with connection.schema_editor() as editor:
        from pymongo import _csot

        assert _csot.get_timeout() == 0
        assert _csot.remaining() is None
    assert editor is not None
