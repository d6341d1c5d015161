from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import requests

# The web server as in production, for Process.
WEB_SERVER = ["-m", "gunicorn", "--config", "python:atlas.gunicorn_conf", "atlas.wsgi"]


class DemoError(Exception):
    """Something that the person at the terminal can mend; the text says how."""


def refuse_taken_port(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(f"Port {port} is taken. Choose another: {name}={port + 100} make run") from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child in a session of its own, so that Ctrl-C reaches it through us alone and it ends in order."""

    def __init__(self, name: str, arguments: list[str], *, log: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def stop(self, *, patience: float = 10.0) -> None:
        if self._popen.poll() is not None:
            return
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def wait_until_answering(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        patience: float = 30.0,
        pause: float = 0.1,
    ) -> None:
        """Raises DemoError if the process ends, or does not answer in `patience` seconds."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.has_ended():
                break
            try:
                requests.get(url, headers=headers, timeout=2)
            except requests.RequestException:
                time.sleep(pause)
            else:
                return
        raise DemoError(f"The {self.name} did not start; {self.log} says why.")
