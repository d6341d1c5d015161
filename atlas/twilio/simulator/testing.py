"""Starting a simulator from a test suite or a demo, as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import requests

from .server import READY

ROOT = Path(__file__).resolve().parents[3]
TEST_ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
TEST_AUTH_TOKEN = "simulated-auth-token"


class SimulatorProcess:
    """`with SimulatorProcess() as simulator:` has a simulator on a free port that ends with its parent."""

    def __init__(
        self,
        *,
        account_sid: str = TEST_ACCOUNT_SID,
        auth_token: str = TEST_AUTH_TOKEN,
        phone_numbers: tuple[str, ...] = ("+15005550006",),
        speed: float = 0.0,
        port: int = 0,
        options: tuple[str, ...] = (),
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.phone_numbers = phone_numbers
        self.speed = speed
        self.port = port
        self.options = options
        self.base_url = ""
        self._process: subprocess.Popen[str] | None = None
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.auth = (account_sid, auth_token)

    def start(self) -> str:
        """Returns the base URL; raises RuntimeError when the simulator does not start."""
        process = subprocess.Popen(
            self._command(),
            cwd=ROOT,
            env=os.environ | {"TWILIO_AUTH_TOKEN": self.auth_token},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process = process
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.startswith(READY):
            self.stop()
            raise RuntimeError(f"the Twilio simulator did not start: {line or 'see its message above'}")
        self.base_url = line.removeprefix(READY).strip()
        return self.base_url

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        self._http.close()

    def __enter__(self) -> "SimulatorProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "calls")["calls"]
        return found

    def call(self, sid: str) -> dict[str, Any]:
        return self.ask("GET", f"calls/{sid}")

    def debugger(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.ask("GET", "debugger")["entries"]
        return entries

    def health(self) -> dict[str, Any]:
        return self.ask("GET", "health")

    def drain(self, timeout: float = 30.0) -> dict[str, Any]:
        """Waits until nothing is under way; raises requests.HTTPError if that lasts too long."""
        return self.ask("POST", "drain", {"timeout": timeout})

    def faults(self, *faults: dict[str, Any]) -> list[dict[str, Any]]:
        """Adds faults and returns those that are active."""
        for fault in faults:
            self.ask("POST", "faults", fault)
        active: list[dict[str, Any]] = self.ask("GET", "faults")["faults"]
        return active

    def clear_faults(self) -> None:
        self.ask("DELETE", "faults")

    def release(self, order: str = "fifo") -> int:
        released: int = self.ask("POST", "faults/release", {"order": order})["released"]
        return released

    def scenario(self, number: str, **scenario: Any) -> None:
        self.ask("PUT", f"scenarios/{quote(number)}", scenario)

    def settings(self, **settings: float) -> None:
        self.ask("PATCH", "settings", settings)

    def reset(self) -> None:
        self.ask("POST", "reset")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        response = self._http.request(method, f"{self.base_url}/simulator/{path}", json=body, timeout=630)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", __package__, "--port", str(self.port), "--speed", str(self.speed)]
        command += ["--account-sid", self.account_sid, "--auth-token-env", "TWILIO_AUTH_TOKEN"]
        for number in self.phone_numbers:
            command += ["--from-number", number]
        return [*command, "--exit-with-parent", *self.options]
