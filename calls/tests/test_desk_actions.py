"""What the staff do: each action asks, goes through the services, says what happened, and is logged."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from atlas.tests.desk import CALLS, signed_in, text_of
from atlas.twilio.simulator.testing import SimulatorProcess
from calls.admin.export import safe
from calls.models import Call, Recording
from calls.services import CallRequest, place_call
from calls.tests.factories import make_call, make_recording
from feedback.tests.factories import rate
from users.models import AuditEntry
from users.roles import Role

pytestmark = pytest.mark.django_db

ENDED = {"completed", "canceled"}


def placed(number: str = "+14155550123", **fields: Any) -> Call:
    return place_call(request=CallRequest(to=number, user_external_id="user-1", **fields))


def do(client: Client, call: Call, name: str, key: str = "k1") -> str:
    """Asks, confirms, and returns the page that says what happened."""
    address = f"{CALLS}{call.pk}/do/{name}/"
    question = client.get(address)
    assert question.status_code == 200
    assert "No, go back" in question.content.decode()
    return text_of(client.post(address, {"key": key}, follow=True))


def logged() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("at").values_list("username", "action"))


def test_asking_does_nothing(simulator: SimulatorProcess) -> None:
    call = placed("+14155552009")
    for name in ("call-again", "hang-up", "sync"):
        signed_in().get(f"{CALLS}{call.pk}/do/{name}/")
    assert len(simulator.calls()) == 1
    assert logged() == []


def test_calling_again_dials_the_same_once(simulator: SimulatorProcess) -> None:
    call = placed(script="Good morning.", recording_enabled=False)
    client = signed_in(Role.SUPERVISOR)
    assert "A new call is on its way." in do(client, call, "call-again")
    do(client, call, "call-again")  # sent twice, as by a double click
    assert len(simulator.calls()) == 2
    again = Call.objects.exclude(pk=call.pk).get()
    assert (again.to_number, again.script, again.recording_enabled, again.user_external_id) == (
        call.to_number,
        "Good morning.",
        False,
        "user-1",
    )
    assert ("supervisor", "called") in logged()


def test_hanging_up_ends_the_call(simulator: SimulatorProcess) -> None:
    call = placed("+14155552009")
    assert "Twilio is ending the call." in do(signed_in(Role.SUPERVISOR), call, "hang-up")
    simulator.drain()
    assert simulator.call(call.twilio_sid or "")["status"] in ENDED
    assert logged() == [("supervisor", "hung-up")]


def test_a_refusal_is_said_and_not_logged(simulator: SimulatorProcess) -> None:
    call = placed("+14155552001")
    simulator.drain()  # busy by now, and nobody told us
    assert "already over" in do(signed_in(), call, "hang-up")
    refused = make_call(to_number="+14155552011")
    assert "21211" in do(signed_in(), refused, "call-again")
    assert logged() == []


@pytest.mark.django_db(transaction=True)
def test_syncing_takes_over_what_twilio_knows(reachable_by_twilio: None, simulator: SimulatorProcess) -> None:
    call = placed()
    simulator.drain()
    Recording.objects.all().delete()
    Call.objects.update(status="ringing", recording_status=None, duration=None, status_history=[])
    page = do(signed_in(), call, "sync")
    assert "Twilio says: answered." in page
    assert Call.objects.get(pk=call.pk).recording_status == "completed"
    assert logged() == [("root", "synced")]


def test_what_is_impossible_is_not_offered() -> None:
    over = signed_in().get(f"{CALLS}{make_call(status='busy').pk}/change/").content.decode()
    assert "do/hang-up/" not in over
    assert "do/call-again/" in over


@pytest.mark.parametrize("name", ["no-such-thing", "delete"])
def test_an_unknown_action_is_a_404(name: str) -> None:
    assert signed_in().post(f"{CALLS}{make_call().pk}/do/{name}/").status_code == 404


def test_many_at_once_ask_first_and_leave_out_the_impossible(simulator: SimulatorProcess) -> None:
    live = [placed("+14155552009") for _ in range(2)]
    over = make_call(status="busy")
    client = signed_in()
    form = {
        "action": "hang_up_all",
        "_selected_action": [str(call.pk) for call in (*live, over)],
        "index": "0",
    }
    question = client.post(CALLS, form).content.decode()
    assert "Hang up: 2 calls?" in question
    assert "1 of those ticked are left out" in question
    assert logged() == []
    answer = client.post(CALLS, {**form, "confirmed": "yes", "key": "k1"}, follow=True).content.decode()
    assert answer.count("Twilio is ending the call.") == 2
    simulator.drain()
    assert {each["status"] for each in simulator.calls()} <= ENDED


def test_too_many_at_once_are_refused() -> None:
    calls = [make_call(status="ringing") for _ in range(26)]
    form = {"action": "hang_up_all", "_selected_action": [str(call.pk) for call in calls], "index": "0"}
    assert "At most 25 calls" in signed_in().post(CALLS, form, follow=True).content.decode()


@pytest.fixture
def three_calls() -> list[Call]:
    calls = [
        make_call(status="busy", user_external_id='=HYPERLINK("http://evil")'),
        make_call(status="busy", user_external_id="-1+1"),
        make_call(status="completed"),
    ]
    make_recording(calls[2])
    rate(calls[2], 3, notes="@SUM(A1)\nüé")
    return calls


def test_the_filtered_list_is_exported_as_csv(three_calls: list[Call]) -> None:
    answer = signed_in(Role.SUPERVISOR).get(f"{CALLS}export/csv/", {"outcome": "busy", "q": "+14155550123"})
    assert answer.streaming
    assert re.search(r'filename="calls-\d+-\d+\.csv"', answer["Content-Disposition"])
    rows = list(csv.DictReader(io.StringIO(text_of(answer).removeprefix("\ufeff"))))
    assert {row["user_external_id"] for row in rows} == {'\'=HYPERLINK("http://evil")', "'-1+1"}
    assert {row["to_number"] for row in rows} == {"+14155550123"}
    [entry] = AuditEntry.objects.all()
    assert (entry.username, entry.action, entry.detail) == (
        "supervisor",
        "exported",
        "outcome=busy&q=+1415*****23",
    )


def test_the_list_is_exported_as_json(three_calls: list[Call]) -> None:
    rows = json.loads(text_of(signed_in().get(f"{CALLS}export/json/")))
    assert [row["call_id"] for row in rows] == [call.call_id for call in reversed(three_calls)]
    assert (rows[0]["overall_satisfaction"], rows[0]["notes"]) == (3, "@SUM(A1)\nüé")
    assert json.loads(text_of(signed_in().get(f"{CALLS}export/json/", {"q": "nobody"}))) == []


def test_there_is_no_other_form_of_export() -> None:
    assert signed_in().get(f"{CALLS}export/xml/").status_code == 404


@pytest.mark.parametrize(
    "text",
    ["=1", "+1+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", " =1", "+1415*****23", "+1 415", "\uff1d1", "\xa0=1"],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("value", ["+14155550123", "Hello", "", None, 5, "a=b"])
def test_what_is_no_formula_stays_as_it_is(value: Any) -> None:
    assert safe(value) == value
