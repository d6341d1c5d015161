import time

import pytest
import requests
from twilio.rest import Client

from ..testing import SimulatorProcess
from .placing import CALLEE, SAY_AND_RECORD, place
from .receiver import Receiver


def test_the_truth_about_a_call_can_be_read(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/voice", SAY_AND_RECORD)
    sid = place(client, receiver).sid
    simulator.drain()
    (call,) = simulator.calls()
    history = ["queued", "initiated", "ringing", "in-progress", "completed"]
    assert (call["sid"], call["to"]) == (sid, CALLEE)
    assert [change["status"] for change in call["history"]] == history
    assert call["recordings"][0]["transcriptions"][0]["status"] == "completed"
    assert {delivery["outcome"] for delivery in call["deliveries"]} == {"accepted"}
    assert all(attempt["status"] == 200 for found in call["deliveries"] for attempt in found["attempts"])


def test_calls_per_second_have_calls_wait_in_the_queue(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.settings(calls_per_second=20)
    sids = [place(client, receiver).sid for _ in range(3)]
    simulator.drain()
    waits = [int(client.calls(sid).fetch().queue_time or "") for sid in sids]
    assert waits[0] == 0
    assert 0 < waits[1] < waits[2] <= 100


def test_a_call_cancelled_in_the_queue_has_no_callback(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.settings(calls_per_second=0.001)
    place(client, receiver, to="+14155550199")
    waiting = place(client, receiver)
    assert client.calls(waiting.sid).fetch().status == "queued"
    assert client.calls(waiting.sid).update(status="canceled").status == "canceled"
    simulator.drain()
    assert {request.form["To"] for request in receiver.received} == {"+14155550199"}


def test_the_speed_is_real_telephone_time(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.settings(speed=50)
    receiver.twiml("/voice", '<Pause length="10"/>')
    sid = place(client, receiver).sid
    started = time.monotonic()
    simulator.drain()
    assert time.monotonic() - started >= (2 + 10) / 50 - 0.05
    assert 10 <= int(client.calls(sid).fetch().duration or "") < 30


def test_drain_says_when_it_gave_up(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    simulator.settings(speed=1)
    place(client, receiver)
    answer = requests.post(f"{simulator.base_url}/simulator/drain", json={"timeout": 0.05}, timeout=5)
    assert (answer.status_code, answer.json()["idle"]) == (504, False)


def test_reset_forgets_everything(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    simulator.settings(speed=1, calls_per_second=5)
    simulator.scenario(CALLEE, says="")
    simulator.faults({"fault": "hold"})
    place(client, receiver, twiml="<Response/>")
    simulator.reset()
    assert simulator.calls() == []
    assert simulator.faults() == []
    assert simulator.debugger() == []
    health = simulator.health()
    assert (health["speed"], health["calls_per_second"], health["under_way"]) == (0.0, 0.0, 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "scenarios/+14155550123", {"outcome": "eaten"}, "outcome"),
        ("PUT", "scenarios/+14155550123", {"mood": "good"}, "mood"),
        ("PUT", "scenarios/12", {}, "number"),
        ("PUT", "scenarios/+14155550123", [], ""),
        ("PATCH", "settings", {"speed": -1}, "speed"),
        ("PATCH", "settings", {"sped": 1}, "sped"),
        ("POST", "drain", {"timeout": "soon"}, "timeout"),
        ("POST", "faults/release", {"order": "random"}, "order"),
    ],
)
def test_what_is_wrong_is_named(
    simulator: SimulatorProcess, method: str, path: str, body: object, field: str
) -> None:
    answer = requests.request(method, f"{simulator.base_url}/simulator/{path}", json=body, timeout=5)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "calls/CA0", 404), ("GET", "nothing", 404), ("PUT", "health", 405)],
)
def test_errors_are_json(simulator: SimulatorProcess, method: str, path: str, status: int) -> None:
    answer = requests.request(method, f"{simulator.base_url}/simulator/{path}", timeout=5)
    assert answer.status_code == status
    assert "error" in answer.json()


def test_a_body_must_be_json(simulator: SimulatorProcess) -> None:
    url = f"{simulator.base_url}/simulator/settings"
    assert requests.patch(url, data="{}", timeout=5).status_code == 415
    headers = {"Content-Type": "application/json"}
    assert requests.patch(url, data="{", headers=headers, timeout=5).status_code == 400
