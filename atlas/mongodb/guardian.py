"""Keeps the embedded server alive for as long as some process uses it, then stops it.

Runs as `python guardian.py DIRECTORY EXECUTABLE START_LOCK_FD` in a session of its own, so that neither
Ctrl-C nor the end of the command that started it ends the server under another command. It needs the
standard library alone, so it is up in milliseconds.

Who is alive is told by locks (flock), which the kernel releases however a process ends:

users.lock     shared by every process that uses the server; taken exclusively to stop it
start.lock     held from the decision to start until the server answers
guardian.lock  held while the guardian lives
server.lock    held while the guardian or the server lives; contains the server's process id
"""

import contextlib
import ctypes
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

USERS_LOCK = "users.lock"
START_LOCK = "start.lock"
GUARDIAN_LOCK = "guardian.lock"
SERVER_LOCK = "server.lock"
PORT_FILE = "port.json"
LOG_FILE = "server.log"

START_SECONDS = 60
STOP_SECONDS = 10
POLL_SECONDS = 0.05
PR_SET_PDEATHSIG = 1


class ServerDidNotStart(Exception):
    pass


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def try_lock(lock: int, operation: int) -> bool:
    try:
        fcntl.flock(lock, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_port(directory: Path) -> int:
    """The port that the server had last, or 0."""
    try:
        return int(json.loads((directory / PORT_FILE).read_text())["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


class Guardian:
    def __init__(self, directory: Path, executable: str) -> None:
        self.directory = directory
        self.executable = executable
        self.server_lock = open_lock(directory / SERVER_LOCK)
        self.server: subprocess.Popen[bytes] | None = None
        self.port = read_port(directory)

    def start_server(self) -> None:
        """Prefers the last port, so that clients of a server that died find the new one."""
        for port in dict.fromkeys([self.port, 0]):
            self.server = self._launch(port)
            os.truncate(self.server_lock, 0)
            os.pwrite(self.server_lock, str(self.server.pid).encode(), 0)
            if self._wait_until_ready(self.server):
                self._write_port()
                return
        raise ServerDidNotStart

    def stop_server(self) -> None:
        if self.server is None:
            return
        self.server.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while self.server.poll() is None and time.monotonic() < deadline:
            self._wake()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.wait(POLL_SECONDS)
        self.server.kill()
        self.server.wait()

    def stop_orphan(self) -> None:
        """Stops a server whose guardian was killed."""
        for name in (signal.SIGTERM, signal.SIGKILL):
            if try_lock(self.server_lock, fcntl.LOCK_EX):
                return
            with contextlib.suppress(ValueError, ProcessLookupError):
                os.kill(int(os.pread(self.server_lock, 20, 0)), name)
            deadline = time.monotonic() + STOP_SECONDS
            while not try_lock(self.server_lock, fcntl.LOCK_EX) and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)

    def watch(self, users_lock: int) -> None:
        """Returns when nobody uses the server any more; starts it again if it dies before that."""
        while not try_lock(users_lock, fcntl.LOCK_EX):
            if self.server is not None and self.server.poll() is not None:
                self.start_server()
            time.sleep(POLL_SECONDS)

    def _launch(self, port: int) -> "subprocess.Popen[bytes]":
        # An empty file of its own, or the server would read the one in the user's home.
        (self.directory / "server.toml").touch()
        command = [self.executable, "--config", "server.toml", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--storage-path", "data", "--cache-size", "256M", "--log-level", "INFO"]
        with (self.directory / LOG_FILE).open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - the embedded server
                command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self.server_lock],
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> bool:
        """The server's own word, not a connection: another program may answer on a port we wanted."""
        deadline = time.monotonic() + START_SECONDS
        while server.poll() is None and time.monotonic() < deadline:
            log = (self.directory / LOG_FILE).read_text(errors="replace")
            if match := re.search(r"listening on 127\.0\.0\.1:(\d+)", log):
                self.port = int(match[1])
                return True
            time.sleep(POLL_SECONDS / 2)
        server.kill()
        server.wait()
        return False

    def _write_port(self) -> None:
        new = self.directory / f"{PORT_FILE}.new"
        new.write_text(json.dumps({"port": self.port}))
        new.replace(self.directory / PORT_FILE)

    def _wake(self) -> None:
        # Its accept() does not notice the end and costs two seconds without a last connection.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def announce_ready(start_lock: int) -> None:
    os.write(sys.stdout.fileno(), b"ready")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.close(start_lock)


def main(directory: Path, executable: str, start_lock: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    guardian_lock = open_lock(directory / GUARDIAN_LOCK)
    if not try_lock(guardian_lock, fcntl.LOCK_EX):
        raise SystemExit("another guardian is at work here")
    guardian = Guardian(directory, executable)
    guardian.stop_orphan()
    try:
        guardian.start_server()
        announce_ready(start_lock)
        users_lock = open_lock(directory / USERS_LOCK)
        guardian.watch(users_lock)
    finally:
        guardian.stop_server()
    # In this order, and users.lock with the end: who gets one of them must find the one before it free.
    os.close(guardian.server_lock)
    os.close(guardian_lock)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
