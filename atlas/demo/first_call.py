from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from atlas.demo.credentials import Credentials
from atlas.demo.processes import DemoError

TO = "+14155550123"
# Nobody wants to wait for the telephone before the addresses are shown.
HURRIED = 50


@contextmanager
def hurried_simulator(url: str, *, speed: float) -> Iterator[None]:
    """Goes back to `speed` afterwards."""
    _set_speed(url, HURRIED)
    yield
    _set_speed(url, speed)


def _set_speed(url: str, speed: float) -> None:
    requests.patch(f"{url}/simulator/settings", json={"speed": speed}, timeout=5).raise_for_status()


def first_call(credentials: Credentials, *, patience: float = 60.0) -> Iterator[dict[str, Any]]:
    """Places a call over the API and yields it each time that something about it changes, to the end."""
    headers = {"Authorization": f"Api-Key {credentials.api_key}"}
    body = {"to": TO, "user_external_id": "demo", "script": "Hello! This is the first call of your Atlas."}
    answer = requests.post(f"{credentials.base_url}/calls/outbound", json=body, headers=headers, timeout=30)
    if not answer.ok:
        raise DemoError(f"The first call was refused: {answer.text}")
    url = f"{credentials.base_url}/calls/{answer.json()['twilio_sid']}"
    deadline, last = time.monotonic() + patience, None
    while time.monotonic() < deadline:
        call: dict[str, Any] = requests.get(url, headers=headers, timeout=30).json()
        if call != last:
            yield call
        if is_complete(call):
            return
        last = call
        time.sleep(0.2)
    raise DemoError("The first call did not come to its end; var/log/ says why.")


def is_complete(call: dict[str, Any]) -> bool:
    """Over, recorded and transcribed, and every callback has arrived: they overtake each other."""
    transcribed = any(item["transcription"] and item["transcription"]["text"] for item in call["recordings"])
    return call["status"] == "completed" and bool(call["answered_at"]) and transcribed
