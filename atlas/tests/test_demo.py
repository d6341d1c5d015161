"""`make run` as its user has it: a process of its own, with its own database, ports and credentials."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from atlas.demo.processes import free_port
from atlas.dotenv import filled_in, make_dotenv

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    dotenv = tmp_path / ".env"
    dotenv.write_text(filled_in((ROOT / ".env.example").read_text()))
    unset = {"SECRET_KEY", "TWILIO_AUTH_TOKEN", "BASE_URL", "MONGO_URI"}
    return {name: value for name, value in os.environ.items() if name not in unset} | {
        "ENV_FILE": str(dotenv),
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": str(free_port()),
        "SIMULATOR_PORT": str(free_port()),
    }


@pytest.fixture
def demo(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.kill()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    output = ""
    for line in process.stdout or ():
        output += line
        if text in line:
            return output
    raise AssertionError(output)


def test_it_runs_a_first_call_and_ctrl_c_ends_every_process(
    demo: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    output = read_until(demo, "Ctrl-C stops everything")
    for expected in ("in-progress", "completed", "transcript", "Atlas is running"):
        assert expected in output
    credentials = json.loads((Path(environment["VAR_DIR"]) / "credentials.json").read_text())
    headers = {"Authorization": f"Api-Key {credentials['api_key']}"}
    base_url = f"http://127.0.0.1:{environment['PORT']}"
    assert credentials["base_url"] == base_url
    calls = requests.get(f"{base_url}/calls", headers=headers, timeout=10).json()
    assert [call["status"] for call in calls["items"]] == ["completed"]
    demo.send_signal(signal.SIGINT)
    assert "Atlas has stopped" in demo.communicate()[0]
    assert demo.returncode == 0
    for port in (environment["PORT"], environment["SIMULATOR_PORT"]):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_a_taken_port_is_named_with_the_way_out(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        ended = subprocess.run(
            [sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
    assert ended.returncode == 1
    assert f"Port {environment['PORT']} is taken" in ended.stderr
    assert "PORT=" in ended.stderr


def test_a_dotenv_has_secrets_of_its_own_and_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# x\nSECRET_KEY=\nPORT=8000\nTWILIO_AUTH_TOKEN=\n")
    assert make_dotenv(tmp_path)
    first = (tmp_path / ".env").read_text()
    names = dict(line.split("=") for line in first.splitlines() if "=" in line)
    assert len(names["SECRET_KEY"]) == len(names["TWILIO_AUTH_TOKEN"]) == 64
    assert names["SECRET_KEY"] != names["TWILIO_AUTH_TOKEN"]
    assert not make_dotenv(tmp_path)
    assert (tmp_path / ".env").read_text() == first
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
