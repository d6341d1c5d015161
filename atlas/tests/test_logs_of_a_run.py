"""What a run writes to its logs, at the most talkative level: no secrets, no numbers, no words of people."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from atlas.tests.test_demo import demo, environment, read_until

__all__ = ["demo", "environment"]

PEOPLE = ["+14155550177", "4155550177", "grace@example.com", "Grace Example"]
WORDS = ["the-words-of-a-script", "the-words-of-a-note", "the-wrong-password", "first call of your Atlas"]
WRONG_KEY = f"atlas_0123456789ab_{'secretpart' * 4}"


@pytest.fixture
def talkative(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    environment["LOG_LEVEL"] = "DEBUG"
    return environment


def secret_part(api_key: str) -> str:
    """What follows `atlas_<prefix>_`; it may hold underscores itself."""
    return api_key.split("_", 2)[2]


def secrets_of(environment: dict[str, str]) -> list[str]:
    lines = Path(environment["ENV_FILE"]).read_text().splitlines()
    named = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    credentials = json.loads((Path(environment["VAR_DIR"]) / "credentials.json").read_text())
    return [
        named["SECRET_KEY"],
        named["TWILIO_AUTH_TOKEN"],
        credentials["admin_password"],
        credentials["api_key"],
        secret_part(credentials["api_key"]),
        secret_part(WRONG_KEY),
    ]


def use(base_url: str, credentials: dict[str, str]) -> list[str]:
    """Everything that can go right or wrong, and the tokens that were given for it."""
    session = requests.Session()
    session.headers["Authorization"] = f"Api-Key {credentials['api_key']}"

    def ask(method: str, path: str, **options: Any) -> requests.Response:
        return session.request(method, base_url + path, timeout=30, **options)

    person = {"name": "Grace Example", "email": "grace@example.com", "phone_number": "+14155550177"}
    call = {"to": "+14155550177", "user_external_id": "grace@example.com", "script": "the-words-of-a-script"}
    scores = dict.fromkeys(
        ("call_quality", "agent_helpfulness", "resolution", "call_ease", "overall_satisfaction"), 5
    )
    assert ask("POST", "/users", json=person).status_code == 201
    assert ask("POST", "/users", json=person).status_code == 409
    assert ask("POST", "/users", json=person | {"x": "+14155550177"}).status_code == 400
    sid = ask("POST", "/calls/outbound", json=call).json()["twilio_sid"]
    assert ask("POST", "/calls/outbound", json=call | {"to": "+19005550177"}).status_code == 403
    assert ask("POST", "/calls/outbound", json=call | {"to": "+14155552011"}).status_code == 400
    assert ask("PATCH", f"/calls/{sid}/feedback", json=scores | {"notes": "the-words-of-a-note"}).ok
    assert ask("GET", "/calls?to_number=%2B14155550177").json()["total"] == 1
    assert ask("GET", "/users?search=grace@example.com").json()["total"] == 1
    assert ask("GET", "/nowhere/+14155550177/grace@example.com").status_code == 404
    assert ask("POST", "/twilio/status", data={"To": "+14155550177"}).status_code == 403
    assert ask("GET", "/calls", headers={"Authorization": f"Api-Key {WRONG_KEY}"}).status_code == 401
    sign_in = {"username": "admin", "password": "the-wrong-password"}
    assert ask("POST", "/auth/token", json=sign_in).status_code == 401
    answer = ask("POST", "/auth/token", json=sign_in | {"password": credentials["admin_password"]})
    tokens = [answer.json()["access"], answer.json()["refresh"]]
    assert ask("GET", "/calls", headers={"Authorization": f"Bearer {tokens[0]}"}).ok
    assert ask("GET", "/calls", headers={"Authorization": f"Bearer {tokens[0]}x"}).status_code == 401
    return tokens


def test_nothing_of_secrets_and_people_is_in_the_logs(
    talkative: dict[str, str], demo: subprocess.Popen[str]
) -> None:
    read_until(demo, "Ctrl-C stops everything")
    folder = Path(talkative["VAR_DIR"])
    credentials = json.loads((folder / "credentials.json").read_text())
    tokens = use(f"http://127.0.0.1:{talkative['PORT']}", credentials)
    hidden = [*secrets_of(talkative), *tokens, *PEOPLE, *WORDS]
    demo.send_signal(signal.SIGINT)
    demo.communicate()

    logs = {path.name: path.read_text() for path in (folder / "log").iterdir()}
    assert "was refused" in logs["web.log"]
    assert "DEBUG" in logs["web.log"]
    for name, text in logs.items():
        for secret in hidden:
            at = text.find(secret)
            assert at < 0, f"{secret} in {name}: {text[max(0, at - 200) : at + 100]}"
