"""
Sends prepared requests over a number of kept connections, each as soon as the one before is answered. It runs
in a process of its own on one core: asyncio over bare sockets costs a tenth of what an HTTP client does.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import Iterator, Sequence

from webhooks.bench.load import Load

LONGEST_RUN = 900.0
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


def stay_on_one_core() -> None:
    """The last one that this process may use; Linux alone can be told."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def send(requests: Sequence[bytes], *, port: int, connections: int) -> Load:
    return asyncio.run(asyncio.wait_for(_send(requests, port, connections), LONGEST_RUN))


async def _send(requests: Sequence[bytes], port: int, connections: int) -> Load:
    latencies: list[float] = []
    waiting = iter(requests)
    clients = [Client(port) for _ in range(connections)]
    for client in clients:
        await client.connect()
    started = time.perf_counter()
    errors = await asyncio.gather(*(client.send_all(waiting, latencies) for client in clients))
    return Load(time.perf_counter() - started, latencies, sum(errors))


class Client:
    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None

    async def connect(self) -> socket.socket:
        made = socket.create_connection(self._address)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        self._socket = made
        return made

    async def send_all(self, requests: Iterator[bytes], latencies: list[float]) -> int:
        """Returns how many were not answered well."""
        errors = 0
        for request in requests:
            started = time.perf_counter()
            errors += not await self._is_answered_well(request)
            latencies.append(time.perf_counter() - started)
        self._close()
        return errors

    async def _is_answered_well(self, request: bytes) -> bool:
        try:
            connection = self._socket or await self.connect()
            await self._loop.sock_sendall(connection, request)
            head = await self._answer(connection)
        except OSError:
            self._close()
            return False
        if CLOSES.search(head):
            self._close()
        return head[9:10] == b"2"

    async def _answer(self, connection: socket.socket) -> bytes:
        """The head of an answer, once all of it has come."""
        answer = bytearray()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += await self._received(connection)
        head = bytes(answer[:end])
        length = CONTENT_LENGTH.search(head)
        if length is None:
            raise ConnectionError("an answer without a Content-Length")
        missing = end + 4 + int(length[1]) - len(answer)
        while missing > 0:
            missing -= len(await self._received(connection))
        return head

    async def _received(self, connection: socket.socket) -> bytes:
        data = await self._loop.sock_recv(connection, 65536)
        if not data:
            raise ConnectionError("the server has closed the connection")
        return data

    def _close(self) -> None:
        closed, self._socket = self._socket, None
        if closed is not None:
            closed.close()
