"""A whole Atlas of its own: MongoDB behind a proxy, a Twilio simulator, and gunicorn with two workers."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient

from atlas.demo.processes import WEB_SERVER, free_port
from atlas.mongodb.embedded import find_executable
from atlas.mongodb.guardian import Guardian
from atlas.twilio.simulator.testing import SimulatorProcess
from webhooks.tests.database_proxy import DatabaseProxy

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.1


class World:
    """`with World(directory) as world:` has it running; everything ends with it."""

    def __init__(self, directory: Path, *, speed: float) -> None:
        self.directory = directory
        self.journal = directory / "var" / "journal.sqlite3"
        self._speed = speed
        self._exits = contextlib.ExitStack()
        self._web: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> World:
        with contextlib.ExitStack() as started:
            self._start(started)
            self._exits = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def _start(self, started: contextlib.ExitStack) -> None:
        database = self.directory / "mongodb"
        database.mkdir(parents=True)
        self.database = Guardian(database, find_executable())
        self.database.start_server()
        started.callback(self.database.stop_server)
        self.proxy = started.enter_context(DatabaseProxy(self.database.port))
        self.simulator = started.enter_context(SimulatorProcess(speed=self._speed))
        self.port = free_port()
        self.environment = self._environment()
        self.manage("migrate", "--verbosity", "0")
        key = self.manage("create_api_key", "chaos", "--scopes", "all", "--quiet").strip()
        self.api = started.enter_context(requests.Session())
        self.api.headers["Authorization"] = f"Api-Key {key}"
        started.callback(self.kill_web)
        self.start_web()

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "atlas.settings",
            "ENV_FILE": str(ROOT / ".env.example"),
            "VAR_DIR": str(self.directory / "var"),
            "SECRET_KEY": "a key for the chaos alone, long enough and of many letters",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "BASE_URL": self.base_url,
            "MONGO_URI": f"mongodb://127.0.0.1:{self.proxy.port}/?directConnection=true&journal=true",
            "LOG_LEVEL": "WARNING",
            "WEBHOOK_TIMEOUT_MS": "1000",
            # Placing the calls is not what is tested, and the machine may be busy.
            "MONGO_TIMEOUT_MS": "10000",
            "THROTTLE_API": "100000/min",
            "CALLS_PER_MINUTE": "100000",
            "CALLS_PER_DAY": "100000",
            "TWILIO_ACCOUNT_SID": self.simulator.account_sid,
            "TWILIO_AUTH_TOKEN": self.simulator.auth_token,
            "TWILIO_FROM_NUMBER": self.simulator.phone_numbers[0],
            "TWILIO_API_URL": self.simulator.base_url,
        }

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def start_web(self) -> None:
        command = [sys.executable, *WEB_SERVER]
        with (self.directory / "web.log").open("ab") as log:
            self._web = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._web_answers)

    def kill_web(self) -> None:
        """The master and its workers at once, with no chance to say goodbye."""
        web, self._web = self._web, None
        if web is not None:
            os.killpg(web.pid, signal.SIGKILL)
            web.wait()

    def kill_worker(self) -> None:
        """One of those that the master has by now, if any."""
        assert self._web is not None
        children = Path(f"/proc/{self._web.pid}/task/{self._web.pid}/children").read_text().split()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(children[0]), signal.SIGKILL)

    def reload_web(self) -> None:
        """Gently: new workers are started, and the old ones end when they have answered."""
        assert self._web is not None
        self._web.send_signal(signal.SIGHUP)

    def kill_database(self) -> None:
        assert self.database.server is not None
        self.database.server.kill()
        self.database.server.wait()

    def start_database(self) -> None:
        self.database.start_server()
        self.proxy.server_port = self.database.port

    def waiting(self) -> int:
        """How many deliveries are in the journal."""
        if not self.journal.exists():
            return 0
        with contextlib.closing(sqlite3.connect(self.journal)) as connection:
            # The file is there a moment before its table.
            tables = "SELECT count(*) FROM sqlite_master WHERE name = 'deliveries'"
            if not connection.execute(tables).fetchone()[0]:
                return 0
            return int(connection.execute("SELECT count(*) FROM deliveries").fetchone()[0])

    def kept_deliveries(self) -> list[dict[str, Any]]:
        with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{self.database.port}") as client:
            return list(client["atlas"]["webhook_events"].find())

    def call(self, sid: str) -> dict[str, Any]:
        answer = self.api.get(f"{self.base_url}/calls/{sid}", timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def place_call(self, number: str) -> str:
        body = {"to": number, "user_external_id": "chaos", "script": "Hello from the middle of an outage."}
        answer = self.api.post(f"{self.base_url}/calls/outbound", json=body, timeout=30)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["twilio_sid"])

    def _web_answers(self) -> bool:
        assert self._web is not None
        if self._web.poll() is not None:
            raise RuntimeError(f"the web server did not start: see {self.directory / 'web.log'}")
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.base_url}/", timeout=5).ok
        return False


def wait_until(condition: Callable[[], bool], patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition.__qualname__} did not come true in {patience:.0f} s")
        time.sleep(POLL_SECONDS)
