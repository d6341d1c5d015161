"""A server of one thread, so that who holds it holds up everybody."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atlas.demo.processes import free_port

PROGRAM = """
def application(environ, start_response):
    body = environ["wsgi.input"].read() or environ["PATH_INFO"].encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
WORKER = "atlas.gunicorn_worker.StayingThreadWorker"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    (folder / "program.py").write_text(PROGRAM)
    arguments = [
        "--worker-class",
        WORKER,
        "--threads",
        "1",
        "--chdir",
        str(folder),
        "--bind",
        f"127.0.0.1:{port}",
    ]
    command = [sys.executable, "-m", "gunicorn", *arguments, "program:application"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) as process:
        assert any("Booting worker" in line for line in process.stderr or ())
        yield port
        with connected(port) as idle:
            assert asked(idle, "/last").endswith("/last")
            process.terminate()
            _, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors
        assert process.returncode == 0


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def request(path: str, body: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def asked(connection: socket.socket, path: str, body: str = "") -> str:
    connection.sendall(request(path, body))
    return received(connection, body or path)


def received(connection: socket.socket, end: str) -> str:
    text = ""
    while not text.endswith(end):
        data = connection.recv(65536)
        assert data, text
        text += data.decode()
    return text


def test_one_connection_is_answered_as_often_as_it_asks(port: int) -> None:
    with connected(port) as connection:
        for number in range(20):
            assert "200 OK" in asked(connection, f"/{number}", f"body {number}")


def test_requests_that_come_at_once_are_answered_in_order(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"".join(request(f"/{number}", f"<{number}>") for number in range(5)))
        answers = received(connection, "<4>")
    assert [answers.count(f"<{number}>") for number in range(5)] == [1] * 5
    assert answers.index("<1>") < answers.index("<2>") < answers.index("<3>")


def test_an_idle_connection_holds_no_thread(port: int) -> None:
    with connected(port) as first, connected(port) as second, connected(port) as third:
        for _ in range(3):
            for connection in (first, second, third):
                assert "200 OK" in asked(connection, "/turn")


def test_a_request_in_pieces_is_put_together(port: int) -> None:
    with connected(port) as connection:
        asked(connection, "/before")
        whole = request("/pieces", "in pieces")
        for start in range(0, len(whole), 7):
            connection.sendall(whole[start : start + 7])
        assert "200 OK" in received(connection, "in pieces")
