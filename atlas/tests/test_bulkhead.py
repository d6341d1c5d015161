"""A database that takes everything and answers nothing, and a server of few threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from atlas.bulkhead import BulkheadMiddleware
from atlas.mongodb import outage


@pytest.fixture(autouse=True)
def no_outage() -> Iterator[None]:
    yield
    outage.breaker.succeeded()


class Server:
    """Stands for what is behind the middleware: each request is held until it is let go."""

    def __init__(self) -> None:
        self.held, self.end = threading.Semaphore(0), threading.Event()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/held":
            self.held.release()
            self.end.wait(60)
        return HttpResponse("done")


@pytest.fixture
def bulkhead(settings: Any) -> Iterator[tuple[BulkheadMiddleware, Server]]:
    settings.WEB_THREADS = 2
    settings.WEB_QUEUE = 1
    server = Server()
    bulkhead = BulkheadMiddleware(server)
    request = RequestFactory().get("/held")
    threads = [threading.Thread(target=bulkhead, args=[request]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        assert server.held.acquire(timeout=60)
    while bulkhead.queue._value:  # the third waits for a place
        time.sleep(0.01)
    yield bulkhead, server
    server.end.set()
    for thread in threads:
        thread.join()


def test_a_webhook_is_answered_while_all_places_are_taken(bulkhead: Any) -> None:
    middleware, _ = bulkhead
    assert middleware(RequestFactory().post("/twilio/status")).status_code == 200


def test_who_finds_a_full_queue_is_sent_away(bulkhead: Any) -> None:
    middleware, server = bulkhead
    answer = middleware(RequestFactory().get("/calls"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    server.end.set()
    while middleware.queue._value != 3:
        time.sleep(0.01)
    assert middleware(RequestFactory().get("/calls")).status_code == 200


def test_a_body_in_chunks_is_refused_plainly(live_server: Any) -> None:
    answer = requests.post(f"{live_server.url}/users", data=iter([b"{}"]), timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (411, "length_required")
