"""The embedded server: SecantusDB, a process of its own that speaks MongoDB's protocol.

For development, demos and tests. It starts with the first connection of the first command, is shared by
every command that uses the same directory, and ends with the last of them (see guardian.py).
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path
from typing import IO, cast

from atlas.mongodb import guardian
from atlas.mongodb.guardian import open_lock, try_lock

EXECUTABLE = "secantusd-py"
# Without the journal a killed server forgets what it confirmed in its last tenth of a second.
URI = "mongodb://127.0.0.1:{port}/?directConnection=true&journal=true"

_mutex = threading.Lock()
_users_locks: dict[Path, int] = {}
_guardians: dict[Path, "subprocess.Popen[bytes]"] = {}


class EmbeddedServerError(Exception):
    pass


def ensure_running(directory: Path) -> str:
    """The URI of the server in `directory`, started if need be and in use until this process ends."""
    directory = directory.resolve()
    with _mutex:
        _use(directory)
        return URI.format(port=_running_port(directory))


def release(directory: Path) -> None:
    """Uses the server no more; if nobody else does, returns when it is gone."""
    directory = directory.resolve()
    with _mutex:
        lock = _users_locks.pop(directory, None)
    if lock is None:
        return
    # Closed, not unlocked: a process forked from this one goes on using the server.
    os.close(lock)
    # Longer than the guardian gives a server on a busy disk before it kills it.
    deadline = time.monotonic() + 2 * guardian.STOP_SECONDS
    while _is_guarded(directory) and not _is_used(directory) and time.monotonic() < deadline:
        time.sleep(0.01)
    if not _is_guarded(directory) and (process := _guardians.pop(directory, None)):
        process.wait(guardian.STOP_SECONDS)


def _use(directory: Path) -> None:
    if directory in _users_locks:
        return
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = open_lock(directory / guardian.USERS_LOCK)
    fcntl.flock(lock, fcntl.LOCK_SH)
    _users_locks[directory] = lock


def _running_port(directory: Path) -> int:
    with contextlib.ExitStack() as stack:
        start_lock = open_lock(directory / guardian.START_LOCK)
        stack.callback(os.close, start_lock)
        fcntl.flock(start_lock, fcntl.LOCK_EX)
        if not _is_guarded(directory):
            _start_guardian(directory, start_lock)
        return guardian.read_port(directory)


def _start_guardian(directory: Path, start_lock: int) -> None:
    script = str(Path(guardian.__file__).resolve())
    with (directory / "guardian.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", script, str(directory), find_executable(), str(start_lock)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=[start_lock],
            start_new_session=True,
        )
    _guardians[directory] = process
    with cast(IO[bytes], process.stdout) as answer:
        if answer.read() == b"ready":
            return
    raise EmbeddedServerError(_failure(directory))


def _failure(directory: Path) -> str:
    logs = [directory / "guardian.log", directory / guardian.LOG_FILE]
    words = "\n".join(log.read_text(errors="replace")[-2000:] for log in logs if log.exists())
    return f"The embedded database in {directory} did not start. Its logs end with:\n{words}"


def find_executable() -> str:
    """The program beside this Python, or on the path."""
    places = [str(Path(sys.executable).parent), sysconfig.get_path("scripts"), os.environ.get("PATH", "")]
    found = shutil.which(EXECUTABLE, path=os.pathsep.join(places))
    if found is None:
        raise EmbeddedServerError(
            f"{EXECUTABLE} is not installed: run `make install`, or set MONGO_URI to a MongoDB server."
        )
    return found


def _is_guarded(directory: Path) -> bool:
    lock = open_lock(directory / guardian.GUARDIAN_LOCK)
    try:
        return not try_lock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def _is_used(directory: Path) -> bool:
    lock = open_lock(directory / guardian.USERS_LOCK)
    try:
        # The guardian holds it alone while it stops the server; users share it.
        return not try_lock(lock, fcntl.LOCK_EX) and try_lock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


@atexit.register
def _release_all() -> None:
    for directory in list(_users_locks):
        release(directory)
