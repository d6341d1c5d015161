from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def reachable_by_twilio(live_server: "LiveServer", settings: "Settings") -> None:
    """The simulator's webhooks arrive."""
    settings.BASE_URL = live_server.url
