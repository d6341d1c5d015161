"""Loaded by pytest before Django's settings: nothing of a developer's environment or .env reaches a test."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings as SettingsWrapper
    from rest_framework.test import APIClient

    from atlas.twilio.simulator.testing import SimulatorProcess

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / ".env.example"

for name in re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE):
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)
os.environ.update(
    ENV_FILE=str(EXAMPLE),
    SECRET_KEY="a key for tests only, long enough and of many letters",
    TWILIO_AUTH_TOKEN="12345678901234567890123456789012",
    BASE_URL="https://atlas.example.com",
    MONGO_URI=os.environ.get("TEST_MONGO_URI", ""),
    # A busy machine is no outage; the tests of outages say so themselves.
    WEBHOOK_TIMEOUT_MS="10000",
    VAR_DIR=str(ROOT / "var" / "test" / os.environ.get("PYTEST_XDIST_WORKER", "")),
)

ApiWith = Callable[..., "APIClient"]


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    from atlas.tests import database

    # The real one takes half a second for each password, as it should.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A test that speaks to atlas.wsgi leaves no thread behind that empties the journals of later tests.
    settings.STARTED_WITH_THE_SERVER = []

    # The later of two fixtures with one name counts, and pytest-django is loaded after this file.
    config.pluginmanager.register(database)


@pytest.fixture
def anonymous() -> "APIClient":
    from rest_framework.test import APIClient

    return APIClient(raise_request_exception=False)


@pytest.fixture
def api_with(db: None) -> ApiWith:
    """A client whose key has the scopes named: api_with("calls:read")."""
    from rest_framework.test import APIClient

    from users.services import create_api_key

    def client(*scopes: str) -> APIClient:
        _, plain_text = create_api_key(name="test", scopes=scopes)
        made = APIClient(raise_request_exception=False)
        made.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain_text}")
        return made

    return client


@pytest.fixture
def api(api_with: ApiWith) -> "APIClient":
    """A client whose key has every scope."""
    from users.models import Scope

    return api_with(*Scope.values)


@pytest.fixture(scope="session")
def simulator_process() -> "Iterator[SimulatorProcess]":
    from django.conf import settings

    from atlas.twilio.simulator.testing import SimulatorProcess

    with SimulatorProcess(
        account_sid=settings.TWILIO_ACCOUNT_SID,
        auth_token=settings.TWILIO_AUTH_TOKEN,
        phone_numbers=(settings.TWILIO_FROM_NUMBER,),
    ) as process:
        yield process


@pytest.fixture
def simulator(simulator_process: "SimulatorProcess", settings: "SettingsWrapper") -> "SimulatorProcess":
    """Twilio for one test: without waiting, without faults, and with no calls yet."""
    simulator_process.reset()
    settings.TWILIO_API_URL = simulator_process.base_url
    return simulator_process
