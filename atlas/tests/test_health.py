import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from atlas import __version__, health
from atlas.health import CachedCheck


class Question:
    """Answers when it is told to, and counts how often it was asked."""

    def __init__(self, answer: bool = True) -> None:
        self.answer, self.asked = answer, 0
        self.may_answer = threading.Event()

    def __call__(self) -> bool:
        self.asked += 1
        self.may_answer.wait()
        return self.answer


@pytest.fixture
def question() -> Iterator[Question]:
    question = Question()
    yield question
    question.may_answer.set()


def test_an_answer_is_good_for_a_while(question: Question) -> None:
    question.may_answer.set()
    check = CachedCheck(question, lifetime=3600, patience=60)

    assert [check(), check(), check()] == [True, True, True]
    assert question.asked == 1


def test_an_old_answer_is_asked_for_again(question: Question) -> None:
    question.may_answer.set()
    check = CachedCheck(question, lifetime=0, patience=60)

    assert check() is True
    question.answer = False
    assert check() is False


def test_who_does_not_answer_in_time_counts_as_away_and_is_asked_once(question: Question) -> None:
    check = CachedCheck(question, lifetime=0, patience=0.01)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: check(), range(8)))

    assert answers == [False] * 8
    assert question.asked == 1


def test_a_late_answer_counts_from_then_on(question: Question) -> None:
    check = CachedCheck(question, lifetime=3600, patience=0)
    assert check() is False

    question.may_answer.set()
    while not check():
        pass

    assert question.asked == 1


class Twilio(http.server.BaseHTTPRequestHandler):
    answer = (200, b'{"status": "active"}')

    def do_GET(self) -> None:
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def twilio(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Twilio]]:
    answering = type("Answering", (Twilio,), {})
    check = CachedCheck(health.ask_twilio, lifetime=0, patience=60)
    monkeypatch.setattr(health, "twilio_answers", check)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.TWILIO_API_URL = f"http://127.0.0.1:{server.server_port}"
        yield answering
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_all_is_well(anonymous: APIClient, twilio: type[Twilio]) -> None:
    answer = anonymous.get("/health")

    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("timestamp").endswith("Z")
    assert body == {"status": "ok", "database": "ok", "twilio": "ok", "version": __version__}
    assert anonymous.head("/health").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said", [(401, b"{}"), (500, b""), (200, b'{"status": "suspended"}'), (200, b"<html>"), (200, b"{}")]
)
def test_without_twilio_it_is_degraded_and_still_there(
    anonymous: APIClient, twilio: type[Twilio], said: tuple[int, bytes]
) -> None:
    twilio.answer = said

    answer = anonymous.get("/health")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["twilio"]) == ("degraded", "unavailable")
