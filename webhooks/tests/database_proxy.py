"""A TCP proxy before MongoDB that misbehaves when it is told to: it stands for the outages of a database."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
from collections.abc import Coroutine, Iterator
from enum import Enum
from types import TracebackType
from typing import Any, TypeVar

import bson

T = TypeVar("T")
HEADER = struct.Struct("<iiii")
OP_MSG = 2013
WRITES = {"insert", "update", "delete", "findAndModify", "findandmodify"}


class Fault(Enum):
    NONE = "none"
    GONE = "gone"  # connections are reset, and new ones refused
    SILENT = "silent"  # everything is taken and nothing answered
    SLOW = "slow"  # every answer takes 30 seconds
    LATE_RESET = "late reset"  # commands are carried out, and the connection is reset instead of an answer
    READ_ONLY = "read-only"
    FULL = "full"


SLOW_SECONDS = 30.0
REFUSALS = {Fault.READ_ONLY: (10107, "NotWritablePrimary"), Fault.FULL: (14031, "OutOfDiskSpace")}


class DatabaseProxy:
    """`with DatabaseProxy(port) as proxy:` listens on `proxy.port`; `proxy.fault` says how it behaves."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self._fault = Fault.NONE
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._run(self._behave(fault))

    def reset_connections(self) -> None:
        """All of them, wherever in a message they are."""
        self._run(self._reset_once())

    def __enter__(self) -> DatabaseProxy:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _behave(self, fault: Fault) -> None:
        was, self._fault = self._fault, fault
        if fault is Fault.GONE:
            await self._stop_listening()
        elif self._server is None:
            await self._listen()
        # What a slow or silent connection owes is never delivered: its client has given up.
        if fault is Fault.GONE or was in (Fault.SILENT, Fault.SLOW):
            self._reset_all()

    async def _reset_once(self) -> None:
        self._reset_all()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _close(self) -> None:
        await self._stop_listening()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        # What was aborted is closed in the loop's next round.
        await asyncio.sleep(0)

    def _reset_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Python's streams report a cancelled connection as an error.
        with contextlib.suppress(OSError, asyncio.CancelledError), self._open(writer):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.server_port)
            with self._open(to_server):
                await self._pass_on(
                    self._requests(reader, to_server, writer), self._answers(from_server, writer)
                )

    @contextlib.contextmanager
    def _open(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pass_on(self, *ways: Coroutine[Any, Any, None]) -> None:
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _requests(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await _read(reader)
                if self._fault in REFUSALS and _is_write(message):
                    client.write(_refusal(message, *REFUSALS[self._fault]))
                    await client.drain()
                elif self._fault is not Fault.SILENT:
                    server.write(message)
                    await server.drain()

    async def _answers(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await _read(reader)
                if self._fault is Fault.SLOW:
                    await asyncio.sleep(SLOW_SECONDS)
                if self._fault is Fault.LATE_RESET:
                    return
                if self._fault is not Fault.SILENT:
                    client.write(message)
                    await client.drain()


async def _read(reader: asyncio.StreamReader) -> bytes:
    header = await reader.readexactly(HEADER.size)
    length = HEADER.unpack(header)[0]
    return header + await reader.readexactly(length - HEADER.size)


def _is_write(message: bytes) -> bool:
    return HEADER.unpack(message[: HEADER.size])[3] == OP_MSG and _command_name(message) in WRITES


def _command_name(message: bytes) -> str:
    """The first key of the document in the section of kind 0, behind the flags."""
    start = HEADER.size + 4 + 1
    size = int.from_bytes(message[start : start + 4], "little")
    return next(iter(bson.decode(message[start : start + size])))


def _refusal(message: bytes, code: int, name: str) -> bytes:
    _, request_id, _, _ = HEADER.unpack(message[: HEADER.size])
    answer = {"ok": 0.0, "errmsg": name, "code": code, "codeName": name}
    body = struct.pack("<iB", 0, 0) + bson.encode(answer)
    return HEADER.pack(HEADER.size + len(body), 0, request_id, OP_MSG) + body
