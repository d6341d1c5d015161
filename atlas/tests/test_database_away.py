"""In a process of its own, for this one's database is there."""

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

PROGRAM = """
import json, django
django.setup()
from django.test import Client
credential = "Api-Key atlas_0123456789ab_secret"
client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=credential, raise_request_exception=False)
for path in ("/health", "/users"):
    answer = client.get(path)
    print(json.dumps([answer.status_code, answer.headers.get("Retry-After"), answer.json()]))
"""


def answers(port: int) -> list[Any]:
    changes = {
        "DJANGO_SETTINGS_MODULE": "atlas.settings",
        "MONGO_URI": f"mongodb://127.0.0.1:{port}/?directConnection=true&serverSelectionTimeoutMS=500",
        "MONGO_TIMEOUT_MS": "200",
        # Nobody listens there.
        "TWILIO_API_URL": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=settings.BASE_DIR,
        env=os.environ | changes,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def silent_port() -> Any:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("port", ["silent_port", "closed_port"])
def test_without_the_database_everything_is_503(port: str, request: pytest.FixtureRequest) -> None:
    health, users = answers(request.getfixturevalue(port))

    status, retry_after, body = health
    assert (status, retry_after) == (503, "5")
    assert (body["status"], body["database"], body["twilio"]) == ("unavailable", "unavailable", "unavailable")
    assert {"error", "detail", "request_id", "timestamp", "version"} <= set(body)
    status, retry_after, body = users
    assert (status, retry_after, body["error"]) == (503, "5", "unavailable")
    assert "127.0.0.1" not in body["detail"]
