from collections.abc import Callable

import pytest
from twilio.rest import Client

from ..overrides import ConnectionOverrides, parse_endpoint
from ..testing import SimulatorProcess
from .placing import place
from .receiver import Answer, Received, Receiver

REFUSING = "http://127.0.0.1:1/status"


def completed_to(
    fragment: str, client: Client, receiver: Receiver, simulator: SimulatorProcess
) -> list[Received]:
    url = receiver.url("/status" + fragment)
    place(client, receiver, status_callback=url, status_callback_event=["completed"])
    simulator.drain()
    return receiver.at("/status")


def slow_answer(simulator: SimulatorProcess) -> Callable[[Received], Answer]:
    """Answers only when the simulator has given up waiting for it."""

    def answer(_: Received) -> Answer:
        simulator.drain()
        return Answer()

    return answer


def test_an_error_is_not_sent_again_by_default(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.answer("/status", Answer(500))
    assert len(completed_to("", client, receiver, simulator)) == 1
    (entry,) = simulator.debugger()
    assert (entry["level"], entry["code"]) == ("warning", 15003)


def test_the_fragment_has_errors_sent_again_with_the_same_token(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.answer("/status", Answer(500), Answer(503), Answer())
    received = completed_to("#rc=3&rp=ct,rt,5xx", client, receiver, simulator)
    assert len(received) == 3
    assert len({request.headers["I-Twilio-Idempotency-Token"] for request in received}) == 1
    assert len({request.headers["X-Twilio-Signature"] for request in received}) == 1
    assert simulator.debugger() == []


def test_retries_are_limited(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.answer("/status", Answer(500))
    assert len(completed_to("#rc=2&rp=5xx", client, receiver, simulator)) == 3


def test_only_the_named_failures_are_retried(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.answer("/status", Answer(404))
    assert len(completed_to("#rc=2&rp=5xx", client, receiver, simulator)) == 1
    assert len(completed_to("#rc=2&rp=4xx", client, receiver, simulator)) == 4
    assert len(completed_to("#rc=1&rp=all", client, receiver, simulator)) == 6


def test_a_connection_that_fails_is_tried_again_by_default(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    sid = place(client, receiver, status_callback=REFUSING, status_callback_event=["completed"]).sid
    simulator.drain()
    (delivery,) = [found for found in simulator.call(sid)["deliveries"] if found["kind"] == "status"]
    assert delivery["outcome"] == "failed"
    assert [attempt["failure"] for attempt in delivery["attempts"]] == ["ct", "ct"]


def test_a_slow_answer_is_not_waited_for(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.answers["/status"] = slow_answer(simulator)
    completed_to("#rt=100", client, receiver, simulator)
    assert [entry["code"] for entry in simulator.debugger()] == [15002]


def test_the_total_time_limits_the_retries(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.answers["/status"] = slow_answer(simulator)
    assert len(completed_to("#rc=5&rp=all&tt=200", client, receiver, simulator)) == 1


def test_a_wrong_policy_is_reported(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    completed_to("#rp=sometimes", client, receiver, simulator)
    assert [entry["code"] for entry in simulator.debugger()] == [11243]


def test_what_is_no_xml_is_reported(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.answer("/status", Answer(body="ok", content_type="application/json"))
    completed_to("", client, receiver, simulator)
    assert [entry["code"] for entry in simulator.debugger()] == [12300]


@pytest.mark.parametrize(
    ("url", "overrides"),
    [
        ("http://h/p", ConnectionOverrides()),
        ("http://h/p#top", ConnectionOverrides()),
        ("http://h/p#rc=0", ConnectionOverrides(retries=0)),
        ("http://h/p#rc=6", ConnectionOverrides()),
        ("http://h/p#ct=100&rt=200&tt=300", ConnectionOverrides(1, frozenset({"ct"}), 0.1, 0.2, 0.3)),
        ("http://h/p#tt=99999", ConnectionOverrides()),
        ("http://h/p#rc=5&rp=4xx,all", ConnectionOverrides(5, frozenset({"4xx", "all"}))),
    ],
)
def test_overrides_are_read(url: str, overrides: ConnectionOverrides) -> None:
    endpoint = parse_endpoint(url)
    assert (endpoint.url, endpoint.overrides) == ("http://h/p", overrides)
