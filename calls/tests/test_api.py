from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from rest_framework.serializers import ModelSerializer

from atlas.mongodb.testing import recorded_commands
from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call
from calls.serializers import CallDetailSerializer
from calls.tests.factories import call_sid, make_call, make_recording, recording_sid
from feedback.models import SCORES
from feedback.tests.factories import rate
from users.models import User

if TYPE_CHECKING:
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def sids(api: APIClient, query: str = "") -> list[str]:
    answer = api.get(f"/calls{query}")
    assert answer.status_code == 200, answer.content
    return [call["twilio_sid"] for call in answer.json()["items"]]


def test_the_changelogs_outbound_call_works(api: APIClient, simulator: SimulatorProcess) -> None:
    body = {"to": "+14155550123", "user_external_id": "user_123", "script": "Hello from Atlas"}
    answer = api.post("/calls/outbound", body, format="json")
    assert answer.status_code == 201
    placed = answer.json()
    assert {"call_id", "user_external_id", "to_number", "status", "twilio_sid", "created_at"} <= placed.keys()
    assert (placed["status"], placed["to_number"]) == ("initiated", "+14155550123")
    assert placed["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user_external_id": "u"}, "to"),
        ({"to": "+14155550123"}, "user_external_id"),
        ({"to": "12", "user_external_id": "u"}, "to"),
        ({"to": "+14155550123", "user_external_id": ""}, "user_external_id"),
        ({"to": "+14155550123", "user_external_id": "u", "script": "x" * 5001}, "script"),
        ({"to": "+14155550123", "user_external_id": "u", "recording_enabled": "yes"}, "recording_enabled"),
        ({"to": "+14155550123", "user_external_id": "u", "recording": True}, "recording"),
        ({"to": "+14155550123", "user_external_id": "u", "script": "nul\0"}, "script"),
    ],
)
def test_bad_input_is_named_and_dials_nothing(
    api: APIClient, simulator: SimulatorProcess, body: dict[str, Any], field: str
) -> None:
    answer = api.post("/calls/outbound", body, format="json")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_input")
    assert list(answer.json()["fields"]) == [field]
    assert (Call.objects.count(), simulator.calls()) == (0, [])


def test_twilios_refusal_names_its_code_and_words(api: APIClient, simulator: SimulatorProcess) -> None:
    answer = api.post("/calls/outbound", {"to": "+14155552011", "user_external_id": "u"}, format="json")
    assert (answer.status_code, answer.json()["error"]) == (400, "twilio_rejected")
    assert "21211" in answer.json()["detail"]
    assert "not a valid phone number" in answer.json()["detail"]


def test_a_twilio_that_is_away_is_said_to_be(api: APIClient, settings: Any) -> None:
    settings.TWILIO_API_URL = "http://127.0.0.1:9"
    answer = api.post("/calls/outbound", {"to": "+14155550123", "user_external_id": "u"}, format="json")
    assert (answer.status_code, answer.json()["error"]) == (503, "twilio_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_an_idempotency_key_gives_the_first_answer_again(api: APIClient, simulator: SimulatorProcess) -> None:
    body = {"to": "+14155550123", "user_external_id": "u"}
    headers = {"Idempotency-Key": "a-key"}
    first = api.post("/calls/outbound", body, format="json", headers=headers)
    Call.objects.update(status="completed")
    again = api.post("/calls/outbound", body, format="json", headers=headers)
    other = api.post("/calls/outbound", body | {"script": "x"}, format="json", headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    assert len(simulator.calls()) == 1


def test_the_same_idempotency_key_of_another_credential_is_another_key(
    api_with: Any, simulator: SimulatorProcess
) -> None:
    body = {"to": "+14155550123", "user_external_id": "u"}
    for api in (api_with("calls:write"), api_with("calls:write")):
        answer = api.post("/calls/outbound", body, format="json", headers={"Idempotency-Key": "a-key"})
        assert answer.status_code == 201
    assert len(simulator.calls()) == 2


def test_an_idempotency_key_that_is_none_is_refused(api: APIClient) -> None:
    answer = api.post(
        "/calls/outbound",
        {"to": "+14155550123", "user_external_id": "u"},
        format="json",
        headers={"Idempotency-Key": "x" * 201},
    )
    assert list(answer.json()["fields"]) == ["Idempotency-Key"]


def test_calls_are_listed_newest_first_page_by_page(api: APIClient) -> None:
    made = [make_call(created_at=NOON + timedelta(minutes=minute)).twilio_sid for minute in range(5)]
    page = api.get("/calls?page_size=2&page=2").json()
    assert [call["twilio_sid"] for call in page["items"]] == [made[2], made[1]]
    assert (page["total"], page["page"], page["page_size"]) == (5, 2, 2)
    assert page["next"].startswith("https://atlas.example.com/calls?page_size=2&page=3&cursor=")
    assert page["previous"].startswith("https://atlas.example.com/calls?page_size=2&page=1&cursor=")


def test_calls_are_filtered(api: APIClient) -> None:
    rated = make_call(status="completed", created_at=NOON, recording_status="completed")
    rate(rated, 2)
    other = make_call(
        status="busy",
        created_at=NOON + timedelta(days=1),
        user_external_id="user-2",
        to_number="+14155550199",
    )
    for query, expected in {
        "status=busy": other,
        "status=completed": rated,
        "user_external_id=user-2": other,
        "to_number=%2B14155550199": other,
        "created_after=2026-03-02T00:00:00Z": other,
        "created_before=2026-03-01T12:00:00Z": rated,
        "has_feedback=true": rated,
        "has_feedback=false": other,
        "has_recording=true": rated,
        "has_recording=false": other,
        "min_overall_satisfaction=2": rated,
        "max_overall_satisfaction=2": rated,
    }.items():
        assert sids(api, f"?{query}") == [expected.twilio_sid], query
    assert sids(api, "?min_overall_satisfaction=3") == []
    assert sids(api, "?ordering=created_at") == [rated.twilio_sid, other.twilio_sid]


@pytest.mark.parametrize(
    "query",
    [
        "status=asleep",
        "has_feedback=maybe",
        "created_after=soon",
        "min_overall_satisfaction=6",
        "ordering=script",
        "statu=completed",
        "page=0",
        "page_size=101",
    ],
)
def test_a_query_that_means_nothing_is_named(api: APIClient, query: str) -> None:
    answer = api.get(f"/calls?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [query.partition("=")[0]])


def test_a_call_is_shown_with_its_history_and_recordings(api: APIClient) -> None:
    call = make_call()
    recording = make_recording(call)
    shown = api.get(f"/calls/{call.twilio_sid}").json()
    assert shown["call_id"] == call.call_id
    assert shown["status_history"] == []
    assert [item["twilio_sid"] for item in shown["recordings"]] == [recording.twilio_sid]
    assert shown["recordings"][0]["audio_url"] == f"/recordings/{recording.twilio_sid}/audio"


def test_what_atlas_1_wrote_is_read_as_it_is(api: APIClient) -> None:
    sid = call_sid()
    connection.get_collection("calls").insert_one(  # type: ignore[attr-defined]
        {
            "call_id": "5d1c0a4e-0000-4000-8000-000000000001",
            "user_external_id": "user-1",
            "twilio_sid": sid,
            "to_number": "+14155550123",
            "status": "completed",
            "created_at": datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
            "feedback": dict.fromkeys(SCORES, 4) | {"notes": None, "feedback_provided_at": NOON},
        }
    )
    shown = api.get(f"/calls/{sid}").json()
    assert (shown["status"], shown["created_at"]) == ("completed", "2025-01-02T03:04:05.000Z")
    assert shown["feedback"]["call_ease"] == 4
    assert (shown["status_history"], shown["recordings"], shown["consent"]) == ([], [], None)
    assert sids(api) == [sid]
    assert api.get(f"/calls/{sid}/feedback").json()["overall_satisfaction"] == 4


@pytest.mark.parametrize("path", ["/calls/{}", "/calls/{}/recordings", "/calls/{}/feedback"])
def test_an_unknown_call_is_not_found(api: APIClient, path: str) -> None:
    for sid in (call_sid(), "nonsense", "CA1"):
        answer = api.get(path.format(sid))
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_an_unknown_recording_is_not_found(api: APIClient) -> None:
    assert api.get(f"/recordings/{recording_sid()}/audio").status_code == 404


def test_the_calls_of_a_user_are_those_with_the_users_id(api: APIClient) -> None:
    user = User.objects.create(name="Ada", email="ada@example.com", phone_number="+14155550123")
    call = make_call(user_external_id=str(user.pk))
    make_call()
    page = api.get(f"/users/{user.pk}/calls").json()
    assert [item["twilio_sid"] for item in page["items"]] == [call.twilio_sid]
    assert api.get(f"/users/{call.pk}/calls").status_code == 404
    assert api.get(f"/users/{user.pk}/calls?status=busy").status_code == 400


def test_a_list_and_a_call_cost_two_commands_and_one_for_the_key(api: APIClient) -> None:
    call = make_call()
    make_recording(call)
    with recorded_commands() as page:
        api.get("/calls?status=initiated")
    with recorded_commands() as detail:
        api.get(f"/calls/{call.twilio_sid}")
    assert len(page) == 3
    assert len(detail) == 3


def test_a_call_is_shown_as_rest_framework_shows_it() -> None:
    rated = make_call(duration=None, status_history=None)
    rate(rated, 4)
    make_recording(rated)
    for call in (rated, make_call(consent=None)):
        found = Call.objects.get(pk=call.pk)
        assert CallDetailSerializer.shown(found) == ModelSerializer.to_representation(
            CallDetailSerializer(), found
        )
