import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from atlas.mongodb import embedded, guardian

ROOT = Path(embedded.__file__).parents[2]
USER = """
import sys
from pathlib import Path
from atlas.mongodb import embedded
print(embedded.ensure_running(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""

ORPHAN = """
import fcntl, sys
lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""


class User:
    """A command that uses the server until it is told to end."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def uri(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "mongodb"


@pytest.fixture
def user(directory: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def start() -> User:
        users.append(User(directory))
        return users[-1]

    yield start
    for each in users:
        if each.process.poll() is None:
            each.kill()
    wait_until_gone(directory)


def ping(uri: str) -> Any:
    with MongoClient[Any](uri, serverSelectionTimeoutMS=30_000) as client:
        return client.admin.command("ping")


def wait_until_gone(directory: Path) -> None:
    """Returns when neither guardian nor server lives; their locks tell, so there is nothing to poll."""
    for name in (guardian.GUARDIAN_LOCK, guardian.SERVER_LOCK):
        wait_for_lock(directory / name)


def wait_for_lock(path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'a'), 2)", path], check=True
    )


def is_gone(directory: Path) -> bool:
    locks = [guardian.open_lock(directory / name) for name in (guardian.GUARDIAN_LOCK, guardian.SERVER_LOCK)]
    try:
        return all(guardian.try_lock(lock, 2) for lock in locks)
    finally:
        for lock in locks:
            os.close(lock)


def server_pid(directory: Path) -> int:
    return int((directory / guardian.SERVER_LOCK).read_text())


def guardian_pid(directory: Path) -> int:
    status = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(server_pid(directory))], capture_output=True, check=True, text=True
    )
    return int(status.stdout)


def test_two_commands_share_one_server_that_ends_with_the_last(
    directory: Path, user: Callable[[], User]
) -> None:
    first, second = user(), user()
    uri = first.uri()

    assert second.uri() == uri
    assert first.end() == 0
    assert ping(uri)["ok"] == 1
    assert second.end() == 0
    assert is_gone(directory)


def test_ctrl_c_reaches_neither_guardian_nor_server(directory: Path, user: Callable[[], User]) -> None:
    user().uri()

    sessions = {os.getsid(guardian_pid(directory)), os.getsid(server_pid(directory))}

    assert sessions == {guardian_pid(directory)}


def test_what_was_written_is_there_next_time(directory: Path, user: Callable[[], User]) -> None:
    first = user()
    with MongoClient[Any](first.uri()) as client:
        client.atlas.calls.insert_one({"_id": 1})
    first.end()

    with MongoClient[Any](user().uri()) as client:
        assert client.atlas.calls.find_one() == {"_id": 1}


def test_nothing_is_left_when_a_command_is_killed(directory: Path, user: Callable[[], User]) -> None:
    killed = user()
    uri = killed.uri()
    killed.kill()
    wait_until_gone(directory)

    assert ping(user().uri())["ok"] == 1
    assert is_gone(directory) is False
    assert uri.startswith("mongodb://127.0.0.1:")


def test_a_server_that_dies_in_use_is_started_again_at_its_port(
    directory: Path, user: Callable[[], User]
) -> None:
    with MongoClient[Any](user().uri(), serverSelectionTimeoutMS=30_000) as client:
        client.atlas.calls.insert_one({"_id": 1})

        os.kill(server_pid(directory), signal.SIGKILL)

        assert client.atlas.calls.find_one() == {"_id": 1}
        client.atlas.calls.insert_one({"_id": 2})


def test_the_server_dies_with_its_guardian_and_the_next_command_starts_both(
    directory: Path, user: Callable[[], User]
) -> None:
    orphaned = user()
    with MongoClient[Any](orphaned.uri(), serverSelectionTimeoutMS=30_000) as client:
        os.kill(guardian_pid(directory), signal.SIGKILL)

        user().uri()

        assert client.admin.command("ping")["ok"] == 1


def test_an_orphan_is_stopped_by_the_next_start(directory: Path, user: Callable[[], User]) -> None:
    directory.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN, directory / guardian.SERVER_LOCK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as orphan:
        assert orphan.stdout is not None
        orphan.stdout.readline()
        (directory / guardian.SERVER_LOCK).write_text(str(orphan.pid))

        assert ping(user().uri())["ok"] == 1
        assert orphan.wait() == -signal.SIGTERM


def test_another_program_may_have_taken_the_port(directory: Path, user: Callable[[], User]) -> None:
    directory.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (directory / guardian.PORT_FILE).write_text(json.dumps({"port": port}))

        uri = user().uri()

        assert f":{port}/" not in uri
        assert ping(uri)["ok"] == 1


@pytest.mark.parametrize("left", ["", "{", "[]", '{"port": "x"}'])
def test_a_broken_port_file_is_no_obstacle(directory: Path, left: str) -> None:
    directory.mkdir()
    (directory / guardian.PORT_FILE).write_text(left)

    assert guardian.read_port(directory) == 0


def test_it_starts_once_for_a_process(directory: Path) -> None:
    with contextlib.ExitStack() as stack:
        stack.callback(embedded.release, directory)
        uri = embedded.ensure_running(directory)
        pid = server_pid(directory)

        assert embedded.ensure_running(directory) == uri
        assert server_pid(directory) == pid

    assert is_gone(directory)


def test_it_says_what_to_do_where_the_server_is_not_installed(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "EXECUTABLE", "no-such-server")

    with pytest.raises(embedded.EmbeddedServerError, match="make install"):
        embedded.ensure_running(directory)
    embedded.release(directory)


def test_it_shows_the_logs_of_a_server_that_does_not_start(directory: Path) -> None:
    directory.mkdir()
    (directory / "data").write_text("no directory")

    with pytest.raises(embedded.EmbeddedServerError, match=r"(?s)did not start.*data"):
        embedded.ensure_running(directory)
    embedded.release(directory)
    assert is_gone(directory)


def test_a_copy_of_its_folder_is_a_backup(directory: Path, user: Callable[[], User], tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    first = user()
    with MongoClient[Any](first.uri()) as client:
        client.atlas.calls.create_index("sid", unique=True)
        client.atlas.calls.insert_one({"_id": 1, "sid": "CA1"})
    first.end()
    shutil.copytree(directory, backup)
    shutil.rmtree(directory)
    shutil.copytree(backup, directory)

    with MongoClient[Any](user().uri()) as client:
        assert list(client.atlas.calls.find()) == [{"_id": 1, "sid": "CA1"}]
        assert "sid_1" in client.atlas.calls.index_information()
