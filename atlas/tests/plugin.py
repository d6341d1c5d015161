"""Loaded by pytest before Django's settings: nothing of a developer's environment or .env reaches a test."""

import os
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

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
    MONGO_EMBEDDED_DIRECTORY=str(ROOT / "var" / "test-mongodb"),
)

# Made by `migrate`, and the same for every test.
KEPT = {"django_content_type", "auth_permission"}


def pytest_configure() -> None:
    from django.test import TransactionTestCase

    # Django's flush asks for the list of collections before each of its deletes: a quarter of a second a test.
    TransactionTestCase._fixture_teardown = empty_collections  # type: ignore[attr-defined]


def empty_collections(_: object) -> None:
    from django.apps import apps
    from django.db import connection

    for name in {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - KEPT:
        connection.database[name].delete_many({})  # type: ignore[attr-defined]


ApiWith = Callable[..., "APIClient"]


@pytest.fixture
def anonymous() -> "APIClient":
    from rest_framework.test import APIClient

    return APIClient(raise_request_exception=False)


@pytest.fixture
def api_with(db: None) -> ApiWith:
    """A client whose key has the scopes named: api_with("calls:read")."""
    from django.core.management import call_command
    from rest_framework.test import APIClient

    def client(*scopes: str) -> APIClient:
        printed = StringIO()
        call_command("create_api_key", "test", scopes=",".join(scopes), quiet=True, stdout=printed)
        made = APIClient(raise_request_exception=False)
        made.credentials(HTTP_AUTHORIZATION=f"Api-Key {printed.getvalue().strip()}")
        return made

    return client


@pytest.fixture
def api(api_with: ApiWith) -> "APIClient":
    """A client whose key has every scope."""
    return api_with("all")
