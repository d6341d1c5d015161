from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from atlas.errors import InvalidInput
from atlas.mongodb.testing import recorded_commands
from atlas.twilio.errors import TwilioOutcomeUnknown, TwilioRejected, TwilioUnavailable
from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call
from calls.services import CallRequest, IdempotencyConflict, IdempotencyMismatch, place_call

pytestmark = pytest.mark.django_db


def request_to(number: str = "+14155550123", **changes: Any) -> CallRequest:
    return CallRequest(to=number, user_external_id="user-1", **changes)


def test_the_call_is_saved_with_its_sid_and_twilio_knows_where_to_report(simulator: SimulatorProcess) -> None:
    call = place_call(request=request_to("+1 (415) 555-0123", script="Hello."))
    kept = Call.objects.get(pk=call.pk)
    assert (kept.status, kept.submission, kept.to_number) == ("initiated", "accepted", "+14155550123")
    simulator.drain()
    told = {
        delivery["kind"]: delivery["url"] for delivery in simulator.call(kept.twilio_sid or "")["deliveries"]
    }
    base = "https://atlas.example.com/twilio"
    assert told["voice"].startswith(f"{base}/voice?call_id={call.call_id}&recording=true#rc=2&rp=ct,rt,5xx")
    assert told["status"].startswith(f"{base}/status?call_id={call.call_id}#rc=2&rp=ct,rt,5xx")


def test_what_is_no_number_is_refused_and_nothing_is_kept(simulator: SimulatorProcess) -> None:
    with pytest.raises(InvalidInput) as refused:
        place_call(request=request_to("not a number"))
    assert refused.value.fields == {"to": [str(refused.value)]}
    assert Call.objects.count() == 0


def test_a_refusal_of_twilios_is_kept_with_its_code_and_words(simulator: SimulatorProcess) -> None:
    with pytest.raises(TwilioRejected, match="21211"):
        place_call(request=request_to("+14155552011"))
    call = Call.objects.get()
    assert (call.status, call.submission, call.error_code) == ("failed", "rejected", 21211)
    assert "21211" in (call.error_message or "")


@pytest.mark.parametrize("number", ["+14155552012", "+14155552013"])
def test_a_twilio_that_cannot_answer_is_kept_as_failed(simulator: SimulatorProcess, number: str) -> None:
    with pytest.raises(TwilioUnavailable):
        place_call(request=request_to(number))
    assert (Call.objects.get().status, Call.objects.get().submission) == ("failed", "unavailable")


def test_a_twilio_that_cannot_be_reached_is_kept_as_failed(settings: Any) -> None:
    settings.TWILIO_API_URL = "http://127.0.0.1:9"
    with pytest.raises(TwilioUnavailable):
        place_call(request=request_to())
    assert Call.objects.get().status == "failed"


def test_a_time_out_leaves_the_call_open_and_names_it(simulator: SimulatorProcess, settings: Any) -> None:
    settings.TWILIO_TIMEOUT = 0.2
    with pytest.raises(TwilioOutcomeUnknown) as unknown:
        place_call(request=request_to("+14155552014"))
    call = Call.objects.get()
    assert call.call_id in str(unknown.value)
    assert (call.status, call.submission, call.twilio_sid) == ("initiated", "unknown", None)


def test_the_same_key_and_body_dial_once(simulator: SimulatorProcess) -> None:
    first = place_call(request=request_to(), idempotency_key="key:1")
    again = place_call(request=request_to(), idempotency_key="key:1")
    assert (again.pk, again.twilio_sid) == (first.pk, first.twilio_sid)
    assert len(simulator.calls()) == 1


def test_the_same_key_with_another_body_is_refused(simulator: SimulatorProcess) -> None:
    place_call(request=request_to(), idempotency_key="key:1")
    with pytest.raises(IdempotencyMismatch):
        place_call(request=request_to(script="Another."), idempotency_key="key:1")


def test_the_same_key_while_the_first_still_runs_is_refused_for_now(simulator: SimulatorProcess) -> None:
    place_call(request=request_to(), idempotency_key="key:1")
    Call.objects.update(submission="pending")
    with pytest.raises(IdempotencyConflict):
        place_call(request=request_to(), idempotency_key="key:1")


@pytest.mark.parametrize(
    ("number", "error"), [("+14155552011", TwilioRejected), ("+14155552013", TwilioUnavailable)]
)
def test_the_same_key_gives_the_first_refusal_again(
    simulator: SimulatorProcess, number: str, error: type[Exception]
) -> None:
    texts = []
    for _ in range(2):
        with pytest.raises(error) as refused:
            place_call(request=request_to(number), idempotency_key="key:1")
        texts.append(str(refused.value))
    assert texts[0] == texts[1]
    assert Call.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_requests_with_one_key_that_arrive_together_dial_once(simulator: SimulatorProcess) -> None:
    start, answers = threading.Barrier(8), []

    def place() -> None:
        start.wait()
        try:
            answers.append(place_call(request=request_to(), idempotency_key="key:1").twilio_sid)
        except IdempotencyConflict as conflict:
            answers.append(type(conflict).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=place) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [placed] = simulator.calls()
    assert set(answers) <= {placed["sid"], "IdempotencyConflict"}
    assert len(answers) == 8


def test_placing_costs_two_commands_and_three_against_toll_fraud(simulator: SimulatorProcess) -> None:
    with recorded_commands() as commands:
        place_call(request=request_to())
    placing = ["insert", "find", "findAndModify", "findAndModify", "update"]
    assert [command.name for command in commands] == placing
    assert [command.body["find"] for command in commands if command.name == "find"] == ["outbound_calls"]
