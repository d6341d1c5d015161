from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from atlas.mongodb.testing import recorded_commands
from calls.lifecycle import FINAL, CallStatus, Submission
from calls.models import Call
from calls.tests.factories import call_sid, make_call
from webhooks.models import WebhookEvent
from webhooks.tests.twilio_client import post_status

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 25, 9, 50, tzinfo=timezone.utc)
NOT_COMPARED = {
    "_state",
    "id",
    "call_id",
    "twilio_sid",
    "created_at",
    "updated_at",
    "status_history",
    "sync_after",
}


def report(call: Call, status: str, sequence: int, **parameters: str) -> None:
    at = format_datetime(START + timedelta(seconds=sequence))
    post_status(
        call.twilio_sid or "",
        status,
        call_id=call.call_id,
        SequenceNumber=str(sequence),
        Timestamp=at,
        **parameters,
    )


def end_state(call: Call) -> tuple[dict[str, Any], list[tuple[str, datetime, int | None]]]:
    after = Call.objects.get(pk=call.pk)
    fields = {name: value for name, value in vars(after).items() if name not in NOT_COMPARED}
    return fields, [(change.status, change.at, change.sequence) for change in after.timeline]


def test_each_status_moves_the_call_and_is_kept_in_its_history() -> None:
    call = make_call()
    for sequence, status in enumerate(["initiated", "ringing", "in-progress"]):
        report(call, status, sequence)
    report(call, "completed", 3, CallDuration="49", Duration="1")
    after = Call.objects.get(pk=call.pk)
    assert (after.status, after.duration) == ("completed", 49)
    assert after.answered_at == START + timedelta(seconds=2)
    assert after.ended_at == START + timedelta(seconds=3)
    assert [change.status for change in after.timeline] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert set(WebhookEvent.objects.values_list("outcome", flat=True)) == {"applied"}


def test_every_order_ends_in_the_same_call() -> None:
    deliveries = [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]
    ends = []
    for order in permutations(deliveries):
        call = make_call()
        for status, sequence in order:
            report(call, status, sequence, **({"CallDuration": "7"} if status == "completed" else {}))
        ends.append(end_state(call))
    assert all(end == ends[0] for end in ends)
    assert ends[0][0]["status"] == "completed"


@hypothesis_settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(end=st.sampled_from(FINAL), data=st.data())
def test_any_order_and_repetition_ends_in_the_same_call(end: CallStatus, data: st.DataObject) -> None:
    way = [("initiated", 0), ("ringing", 1), (end.value, 2)]
    shuffled = data.draw(st.permutations(way + data.draw(st.lists(st.sampled_from(way), max_size=3))))
    in_order, in_disorder = make_call(), make_call()
    for call, deliveries in ((in_order, way), (in_disorder, shuffled)):
        for status, sequence in deliveries:
            report(call, status, sequence)
    assert end_state(in_disorder) == end_state(in_order)


def test_a_finished_call_stays_finished() -> None:
    call = make_call()
    report(call, "busy", 2, SipResponseCode="486", CallDuration="0")
    report(call, "completed", 3, CallDuration="49")
    report(call, "in-progress", 1)
    after = Call.objects.get(pk=call.pk)
    assert (after.status, after.duration, after.sip_response_code) == ("busy", 0, 486)
    assert [change.status for change in after.timeline] == ["in-progress", "busy"]


def test_the_same_delivery_again_is_kept_once_and_counted() -> None:
    call = make_call()
    for _ in range(3):
        report(call, "ringing", 1)
    [event] = WebhookEvent.objects.all()
    assert (event.outcome, event.deliveries) == ("applied", 3)
    assert len(Call.objects.get(pk=call.pk).status_history or []) == 1


def test_an_overtaken_status_is_late_and_a_known_one_repeated() -> None:
    call = make_call()
    report(call, "completed", 3)
    report(call, "ringing", 1)
    report(call, "ringing", 2)
    outcomes = WebhookEvent.objects.order_by("received_at").values_list("outcome", flat=True)
    assert list(outcomes) == ["applied", "late", "repeated"]


def test_an_unknown_call_is_kept_as_unmatched_and_nothing_is_invented() -> None:
    answer = post_status(call_sid(), "ringing", call_id="no-such-call")
    assert (answer.status_code, Call.objects.count()) == (200, 0)
    [event] = WebhookEvent.objects.all()
    assert (event.outcome, event.applied_at) == ("unmatched", None)


def test_a_call_whose_sid_is_anothers_is_left_alone() -> None:
    call = make_call()
    post_status(call_sid(), "completed", call_id=call.call_id)
    assert Call.objects.get(pk=call.pk).status == "initiated"
    assert WebhookEvent.objects.get().outcome == "unmatched"


@pytest.mark.parametrize("submission", [Submission.PENDING, Submission.UNKNOWN])
def test_a_callback_settles_a_call_whose_submission_is_open(submission: str) -> None:
    call, sid = make_call(twilio_sid=None, submission=submission), call_sid()
    post_status(sid, "ringing", call_id=call.call_id)
    after = Call.objects.get(pk=call.pk)
    assert (after.twilio_sid, after.submission, after.status) == (sid, "accepted", "ringing")


def test_a_callback_reopens_a_call_that_twilio_seemed_not_to_take() -> None:
    call = make_call(twilio_sid=None, submission=Submission.UNAVAILABLE, status="failed")
    post_status(call_sid(), "in-progress", call_id=call.call_id)
    assert Call.objects.get(pk=call.pk).status == "in-progress"


@pytest.mark.parametrize(
    "form",
    [
        {"CallStatus": "asleep"},
        {"CallStatus": ""},
        {"CallDuration": "soon"},
        {"SequenceNumber": "9" * 30},
        {"CallStatus": "x" * 60_000},
    ],
)
def test_what_twilio_does_not_send_is_kept_with_its_error(form: dict[str, str]) -> None:
    call = make_call()
    answer = post_status(call.twilio_sid or "", **{"status": form.pop("CallStatus", "completed")} | form)
    assert answer.status_code == 200
    event = WebhookEvent.objects.get()
    assert event.outcome == "failed"
    assert event.error
    assert event.error.startswith("MalformedDelivery")
    assert Call.objects.get(pk=call.pk).status == "initiated"


def test_an_unreadable_timestamp_is_replaced_by_the_time_of_arrival() -> None:
    call = make_call()
    post_status(call.twilio_sid or "", "ringing", Timestamp="yesterday")
    [change] = Call.objects.get(pk=call.pk).timeline
    assert change.at >= call.created_at


def test_a_status_costs_two_commands_and_three_when_it_is_repeated() -> None:
    sid, at = make_call().twilio_sid or "", format_datetime(datetime.now(timezone.utc))
    with recorded_commands() as first:
        post_status(sid, "ringing", Timestamp=at)
    with recorded_commands() as again:
        post_status(sid, "ringing", Timestamp=at)
    assert [command.name for command in first] == ["update", "update"]
    assert [command.name for command in again] == ["update", "update", "update"]
