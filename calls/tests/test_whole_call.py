"""A whole call: our API, Twilio's answer, its webhooks over HTTP, feedback, and everything read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call
from webhooks.models import WebhookEvent

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings
    from pytest_django.live_server_helper import LiveServer
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db(transaction=True)

SCORES = {
    "call_quality": 5,
    "agent_helpfulness": 4,
    "resolution": 5,
    "call_ease": 4,
    "overall_satisfaction": 5,
}


@pytest.fixture(autouse=True)
def reachable_by_twilio(live_server: LiveServer, settings: Settings) -> None:
    settings.BASE_URL = live_server.url


def place(api: APIClient, number: str = "+14155550123", **body: object) -> str:
    answer = api.post("/calls/outbound", {"to": number, "user_external_id": "user-1", **body}, format="json")
    assert answer.status_code == 201, answer.content
    sid: str = answer.json()["twilio_sid"]
    return sid


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_from_call_to_feedback(api: APIClient, simulator: SimulatorProcess) -> None:
    call_sid = place(api, script="Hello. How are you?")
    simulator.drain()
    call = api.get(f"/calls/{call_sid}").json()
    truth = simulator.call(call_sid)
    assert call["status"] == "completed"
    assert [change["status"] for change in call["status_history"]] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert call["consent"]["text"].startswith("This call may be recorded")
    assert [said["text"] for said in truth["spoken"]][-1] == "Hello. How are you?"
    [recording] = call["recordings"]
    assert (recording["status"], recording["transcription"]["status"]) == ("completed", "completed")
    assert api.get(f"/calls/{call_sid}/recordings").json() == [recording]
    audio = api.get(f"/recordings/{recording['twilio_sid']}/audio")
    assert content(audio)[:4] == b"RIFF"
    rated = api.patch(f"/calls/{call_sid}/feedback", SCORES, format="json").json()
    assert rated == api.get(f"/calls/{call_sid}/feedback").json()
    assert api.get("/feedback/summary").json()["csat"] == 1.0
    assert set(WebhookEvent.objects.values_list("outcome", flat=True)) == {"applied"}
    assert simulator.debugger() == []


@pytest.mark.parametrize(
    ("number", "status", "recording"),
    [
        ("+14155552001", "busy", None),
        ("+14155552002", "no-answer", None),
        ("+14155552003", "failed", None),
        ("+14155552006", "completed", "absent"),
        ("+14155552007", "completed", "failed"),
    ],
)
def test_each_outcome_is_what_twilio_says(
    api: APIClient, simulator: SimulatorProcess, number: str, status: str, recording: str | None
) -> None:
    call_sid = place(api, number)
    simulator.drain()
    call = api.get(f"/calls/{call_sid}").json()
    assert call["status"] == simulator.call(call_sid)["status"] == status
    assert [item["status"] for item in call["recordings"]] == ([recording] if recording else [])


def test_callbacks_that_come_twice_and_in_disorder_change_nothing(
    api: APIClient, simulator: SimulatorProcess
) -> None:
    simulator.faults({"fault": "duplicate"}, {"fault": "hold"})
    call_sid = place(api)
    simulator.drain()
    simulator.release(order="reversed")
    simulator.drain()
    call = api.get(f"/calls/{call_sid}").json()
    assert call["status"] == "completed"
    assert len(call["status_history"]) == 4
    assert len(call["recordings"]) == 1


def test_a_call_can_be_hung_up_and_then_is_over(api: APIClient, simulator: SimulatorProcess) -> None:
    call_sid = place(api, "+14155552010")
    simulator.drain()
    assert api.get(f"/calls/{call_sid}").json()["status"] == "in-progress"
    assert api.post(f"/calls/{call_sid}/hangup").json()["status"] == "completed"
    simulator.drain()
    again = api.post(f"/calls/{call_sid}/hangup")
    assert (again.status_code, again.json()["error"]) == (409, "call_already_over")


def test_a_call_that_was_canceled_while_ringing_is_canceled(
    api: APIClient, simulator: SimulatorProcess
) -> None:
    call_sid = place(api, "+14155552009")
    simulator.drain()
    assert api.post(f"/calls/{call_sid}/hangup").json()["status"] == "canceled"


def test_a_hang_up_that_twilio_knows_to_be_too_late_is_a_conflict(
    api: APIClient, simulator: SimulatorProcess
) -> None:
    call_sid = place(api)
    simulator.drain()
    Call.objects.update(status="in-progress")
    assert api.post(f"/calls/{call_sid}/hangup").status_code == 409


def test_sync_finds_what_the_webhooks_did_not_tell(api: APIClient, simulator: SimulatorProcess) -> None:
    simulator.faults({"fault": "lose"})
    call_sid = place(api, recording_enabled=True)
    simulator.drain()
    call = api.post(f"/calls/{call_sid}/sync").json()
    truth = simulator.call(call_sid)
    assert call["status"] == truth["status"] == "completed"
    assert call["duration"] == int(truth["duration"])
    assert [item["twilio_sid"] for item in call["recordings"]] == [
        item["sid"] for item in truth["recordings"]
    ]
    assert call["recordings"][0]["transcription"]["text"]


def test_ranges_of_the_audio_are_honoured(api: APIClient, simulator: SimulatorProcess) -> None:
    call_sid = place(api)
    simulator.drain()
    [recording] = api.get(f"/calls/{call_sid}/recordings").json()
    url = f"/recordings/{recording['twilio_sid']}/audio"
    whole = content(api.get(url))
    part = api.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{len(whole)}")
    assert content(part) == whole[100:200]
    outside = api.get(url, headers={"Range": f"bytes={len(whole)}-"})
    assert (outside.status_code, content(outside)[:0]) == (416, b"")


def test_audio_that_twilio_does_not_have_yet_is_not_found(
    api: APIClient, simulator: SimulatorProcess
) -> None:
    call_sid = place(api, "+14155552006")
    simulator.drain()
    [recording] = api.get(f"/calls/{call_sid}/recordings").json()
    answer = api.get(f"/recordings/{recording['twilio_sid']}/audio")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
