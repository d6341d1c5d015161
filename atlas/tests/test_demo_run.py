"""
`make run` as its user has it: a process of its own, with its own database, ports and credentials.

What it shows, what it leaves running, and that its logs, at the most talkative level, hold no secret and
nothing of a person.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from atlas.tests.test_demo import ROOT, environment_in

PEOPLE = ["+14155550177", "4155550177", "grace@example.com", "Grace Example"]
WORDS = ["the-words-of-a-script", "the-words-of-a-note", "the-wrong-password", "first call of your Atlas"]
WRONG_KEY = f"atlas_0123456789ab_{'secretpart' * 4}"


def secret_part(api_key: str) -> str:
    """What follows `atlas_<prefix>_`; it may hold underscores itself."""
    return api_key.split("_", 2)[2]


def secrets_of(run: Run) -> list[str]:
    lines = Path(run.environment["ENV_FILE"]).read_text().splitlines()
    named = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    api_key = run.credentials["api_key"]
    return [
        named["SECRET_KEY"],
        named["TWILIO_AUTH_TOKEN"],
        run.credentials["admin_password"],
        api_key,
        secret_part(api_key),
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


@dataclass(frozen=True)
class Run:
    environment: dict[str, str]
    credentials: dict[str, str]
    output: str
    goodbye: str
    returncode: int
    first_calls: list[dict[str, Any]]
    tokens: list[str]


def read_until(process: subprocess.Popen[str], text: str) -> str:
    output = ""
    for line in process.stdout or ():
        output += line
        if text in line:
            return output
    raise AssertionError(output)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """From the command to Ctrl-C, with everything used that can go right or wrong."""
    environment = environment_in(tmp_path_factory.mktemp("run")) | {"LOG_LEVEL": "DEBUG"}
    command = [sys.executable, "manage.py", "demo"]
    pipe, stdout = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=stdout, text=True) as demo:
        try:
            output = read_until(demo, "Ctrl-C stops everything")
            credentials = json.loads((Path(environment["VAR_DIR"]) / "credentials.json").read_text())
            base_url = f"http://127.0.0.1:{environment['PORT']}"
            headers = {"Authorization": f"Api-Key {credentials['api_key']}"}
            first_calls = requests.get(f"{base_url}/calls", headers=headers, timeout=30).json()["items"]
            tokens = use(base_url, credentials)
            demo.send_signal(signal.SIGINT)
            goodbye, _ = demo.communicate()
        finally:
            demo.kill()
    return Run(environment, credentials, output, goodbye, demo.returncode, first_calls, tokens)


def test_it_shows_a_first_call_and_where_everything_is(run: Run) -> None:
    for expected in ("in-progress", "completed", "transcript", "Atlas is running"):
        assert expected in run.output
    assert run.credentials["base_url"] == f"http://127.0.0.1:{run.environment['PORT']}"
    assert [call["status"] for call in run.first_calls] == ["completed"]


def test_ctrl_c_ends_every_process(run: Run) -> None:
    assert "Atlas has stopped" in run.goodbye
    assert run.returncode == 0
    for port in (run.environment["PORT"], run.environment["SIMULATOR_PORT"]):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_nothing_of_secrets_and_people_is_in_the_logs(run: Run) -> None:
    hidden = [*secrets_of(run), *run.tokens, *PEOPLE, *WORDS]
    logs = {path.name: path.read_text() for path in (Path(run.environment["VAR_DIR"]) / "log").iterdir()}
    assert "was refused" in logs["web.log"]
    assert "DEBUG" in logs["web.log"]
    for name, text in logs.items():
        for secret in hidden:
            at = text.find(secret)
            assert at < 0, f"{secret} in {name}: {text[max(0, at - 200) : at + 100]}"
