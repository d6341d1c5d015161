from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from ..testing import SimulatorProcess
from .placing import CALLEE, SAY_AND_RECORD, place
from .receiver import Receiver
from .test_rest import get

IN_ORDER = ["initiated", "ringing", "in-progress", "completed"]


def test_callbacks_are_lost(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    simulator.faults({"fault": "lose", "callbacks": ["status"], "events": ["ringing"]})
    sid = place(client, receiver).sid
    simulator.drain()
    assert receiver.statuses() == ["initiated", "in-progress", "completed"]
    assert [request.form["SequenceNumber"] for request in receiver.at("/status")] == ["0", "2", "3"]
    assert [found["outcome"] for found in simulator.call(sid)["deliveries"]].count("lost") == 1


def test_a_share_of_the_callbacks_is_lost_alike_for_the_same_seed(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    seen = []
    for _ in range(2):
        simulator.reset()
        receiver.forget()
        simulator.faults({"fault": "lose", "share": 0.5, "seed": 7})
        for _ in range(5):
            place(client, receiver)
            simulator.drain()
        seen.append(receiver.statuses())
    assert seen[0] == seen[1]
    assert 0 < len(seen[0]) < 20


def test_a_fault_is_counted(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    (fault,) = simulator.faults({"fault": "lose", "skip": 1, "count": 2})
    assert fault["struck"] == 0
    place(client, receiver)
    simulator.drain()
    assert receiver.statuses() == ["initiated", "completed"]
    assert simulator.faults()[0]["struck"] == 2


def test_a_fault_strikes_one_number_only(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.faults({"fault": "lose", "to": "+14155550199"})
    place(client, receiver)
    place(client, receiver, to="+14155550199")
    simulator.drain()
    assert {request.form["To"] for request in receiver.at("/status")} == {CALLEE}


def test_callbacks_are_duplicated(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    simulator.faults({"fault": "duplicate", "events": ["completed"], "copies": 2})
    place(client, receiver)
    simulator.drain()
    copies = receiver.at("/status")[-3:]
    assert [request.form["CallStatus"] for request in copies] == ["completed"] * 3
    assert len({request.headers["I-Twilio-Idempotency-Token"] for request in copies}) == 1


def test_twiml_requests_are_duplicated(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.faults({"fault": "duplicate", "callbacks": ["voice"]})
    place(client, receiver)
    simulator.drain()
    assert len(receiver.at("/voice")) == 2


def test_callbacks_are_delayed(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    simulator.faults({"fault": "delay", "events": ["initiated"], "seconds": 0.3})
    place(client, receiver)
    simulator.drain()
    assert receiver.statuses() == ["ringing", "in-progress", "completed", "initiated"]


@pytest.mark.parametrize(("order", "expected"), [("fifo", IN_ORDER), ("reversed", IN_ORDER[::-1])])
def test_callbacks_are_held_and_released(
    simulator: SimulatorProcess, client: Client, receiver: Receiver, order: str, expected: list[str]
) -> None:
    simulator.faults({"fault": "hold"})
    place(client, receiver)
    assert simulator.drain()["held_callbacks"] == 4
    assert receiver.at("/status") == []
    assert simulator.release(order) == 4
    simulator.drain()
    assert receiver.statuses() == expected


def test_the_end_of_the_faults_releases_what_is_held(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.faults({"fault": "hold", "events": ["ringing"]})
    place(client, receiver)
    simulator.drain()
    simulator.clear_faults()
    simulator.drain()
    assert receiver.statuses() == ["initiated", "in-progress", "completed", "ringing"]
    assert simulator.faults() == []


def test_callbacks_are_reordered_in_groups(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.faults({"fault": "reorder", "group": 4})
    place(client, receiver)
    simulator.drain()
    assert receiver.statuses() == IN_ORDER[::-1]


def test_a_lost_twiml_request_is_an_application_error(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.faults({"fault": "lose", "callbacks": ["voice"]})
    sid = place(client, receiver).sid
    simulator.drain()
    assert "application error" in simulator.call(sid)["spoken"][0]["text"]
    assert receiver.statuses() == IN_ORDER


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (500, 20500), (503, 20503)])
def test_the_rest_api_fails(
    simulator: SimulatorProcess, client: Client, receiver: Receiver, status: int, code: int
) -> None:
    simulator.faults({"fault": "rest_error", "status": status, "operations": ["calls.create"], "count": 1})
    with pytest.raises(TwilioRestException) as caught:
        place(client, receiver)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert client.calls.list() == []
    assert place(client, receiver).sid


def test_the_rest_api_resets_the_connection(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.faults({"fault": "rest_reset", "operations": ["calls.create"]})
    with pytest.raises(requests.exceptions.ConnectionError):
        place(client, receiver)
    assert client.calls.list() == []


def test_the_rest_api_dials_and_then_resets_the_connection(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.faults({"fault": "rest_reset", "operations": ["calls.create"], "performed": True})
    with pytest.raises(requests.exceptions.ConnectionError):
        place(client, receiver)
    assert len(client.calls.list()) == 1


@pytest.mark.parametrize("fault", [{"fault": "rest_silent"}, {"fault": "rest_slow", "seconds": 5}])
def test_the_rest_api_is_too_slow(
    simulator: SimulatorProcess, client: Client, receiver: Receiver, fault: dict[str, Any]
) -> None:
    simulator.faults(fault)
    impatient = Client(client.username, client.password, http_client=TwilioHttpClient(timeout=0.2))
    impatient.api.base_url = simulator.base_url
    with pytest.raises(requests.exceptions.ReadTimeout):
        place(impatient, receiver)
    simulator.clear_faults()
    assert len(client.calls.list()) == (fault["fault"] == "rest_silent")


def test_a_dead_rest_api_answers_nothing(simulator: SimulatorProcess, client: Client) -> None:
    simulator.faults({"fault": "rest_reset"})
    with pytest.raises((TwilioException, requests.exceptions.ConnectionError)):
        client.calls.list()


def test_media_is_missing_at_first(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.twiml("/voice", SAY_AND_RECORD)
    simulator.faults({"fault": "media_missing", "tries": 2})
    place(client, receiver)
    simulator.drain()
    (recording,) = client.recordings.list()
    tries = [get(simulator, f"/Recordings/{recording.sid}").status_code for _ in range(3)]
    assert tries == [404, 404, 200]


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"fault": "explode"}, "fault"),
        ({}, "fault"),
        ({"fault": "lose", "colour": "red"}, "colour"),
        ({"fault": "lose", "share": 2}, "share"),
        ({"fault": "lose", "callbacks": ["smoke"]}, "callbacks"),
        ({"fault": "hold", "callbacks": ["voice"]}, "callbacks"),
        ({"fault": "lose", "operations": ["calls.create"]}, "operations"),
        ({"fault": "delay"}, "seconds"),
        ({"fault": "delay", "seconds": [2, 1]}, "seconds"),
        ({"fault": "delay", "seconds": [1]}, "seconds"),
        ({"fault": "rest_error"}, "status"),
        ({"fault": "rest_error", "status": 200}, "status"),
        ({"fault": "lose", "count": True}, "count"),
    ],
)
def test_a_wrong_fault_is_named(simulator: SimulatorProcess, fault: dict[str, Any], field: str) -> None:
    answer = requests.post(f"{simulator.base_url}/simulator/faults", json=fault, timeout=5)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert simulator.faults() == []
