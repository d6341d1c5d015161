from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings as SettingsWrapper

    from webhooks.tests.database_proxy import DatabaseProxy


@pytest.fixture(autouse=True)
def own_journal(settings: SettingsWrapper, tmp_path: Path) -> Iterator[Path]:
    """No test meets what another has left waiting."""
    from webhooks.services import database_breaker

    settings.JOURNAL_PATH = str(tmp_path / "journal.sqlite3")
    yield Path(settings.JOURNAL_PATH)
    database_breaker.succeeded()


@pytest.fixture
def proxy(transactional_db: None, settings: SettingsWrapper) -> Iterator[DatabaseProxy]:
    """The test's database, reached through a proxy that can be told to misbehave."""
    settings.WEBHOOK_TIMEOUT_MS = 1000
    from django.db import connection

    from webhooks.tests.database_proxy import DatabaseProxy, Fault

    connection.ensure_connection()
    direct = connection.settings_dict["HOST"]
    _, port = connection.connection.address
    with DatabaseProxy(port) as proxy:
        reconnect(f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true&heartbeatFrequencyMS=500")
        yield proxy
        proxy.fault = Fault.NONE
        reconnect(direct)


def reconnect(host: str) -> None:
    from django.db import connection

    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["HOST"] = host
    connection.connect()
