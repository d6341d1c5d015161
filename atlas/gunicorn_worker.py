"""What of gunicorn costs a webhook as much as its parsing and its signature together, made cheaper."""

from __future__ import annotations

import select
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

# Milliseconds. Under load a proxy sends the next request at once; an idle connection is to hold no thread.
PATIENCE = 50


class StayingThreadWorker(ThreadWorker):
    """
    A thread stays with its connection for a moment. gunicorn's own hands it back to the main thread after
    each request, which waits for the next one and hands it to a thread again: a busy worker spends a
    third of its time.
    """

    def handle(self, conn: TConn) -> Any:
        result = super().handle(conn)
        while result is True and self.alive and not conn.is_http2 and has_more(conn):
            result = super().handle(conn)
        return result


def has_more(conn: TConn) -> bool:
    """Whether the next request has been read with the last one, or comes at once."""
    if conn.parser.unreader.buf.getvalue():
        return True
    poll = select.poll()
    poll.register(conn.sock, select.POLLIN)
    return bool(poll.poll(PATIENCE))


class SilentAccessLogger(Logger):
    """gunicorn would make each line, from addresses as they are, and logging would throw it away."""

    def access(self, *_: Any) -> None:
        pass
