"""The database is away, in every way we can think of, while signed webhooks arrive."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from django.db import OperationalError
from django.http import HttpResponse

from calls.models import Call, Recording
from calls.tests.factories import make_call, recording_sid
from webhooks.drainer import Drainer, UnmatchedDeliveries, drain
from webhooks.journal import journal, waiting
from webhooks.models import WebhookEvent
from webhooks.services import database_breaker
from webhooks.tests.database_proxy import DatabaseProxy, Fault
from webhooks.tests.snapshot import whole_database
from webhooks.tests.twilio_client import post, post_recording, post_status, post_transcription

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings as SettingsWrapper

OUTAGES = [fault for fault in Fault if fault is not Fault.NONE]


@pytest.fixture(params=OUTAGES, ids=lambda fault: fault.value)
def outage(request: pytest.FixtureRequest) -> Fault:
    fault: Fault = request.param
    return fault


@pytest.fixture
def call(proxy: DatabaseProxy) -> Call:
    return make_call(script="Hello.")


def drain_when_back() -> None:
    """As the drainer does: until the driver has noticed that its server is well again."""
    while waiting():
        with contextlib.suppress(OperationalError):
            drain()


def ask_for_twiml(call: Call) -> HttpResponse:
    return post(f"/twilio/voice?call_id={call.call_id}&recording=true", {"CallSid": call.twilio_sid or ""})


def verbs(answer: HttpResponse) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(answer.content)]


def test_everything_is_answered_at_once_and_applied_when_the_database_is_back(
    proxy: DatabaseProxy, call: Call, outage: Fault
) -> None:
    sid, recording = call.twilio_sid or "", recording_sid()
    proxy.fault = outage
    started = time.monotonic()
    answers = [ask_for_twiml(call)]
    longest = time.monotonic() - started
    answers += [
        post_status(sid, status, call_id=call.call_id) for status in ("ringing", "in-progress", "completed")
    ]
    answers += [
        post_recording(sid, recording, RecordingUrl="https://api.twilio.com/x"),
        post_transcription(sid, recording, "Hi."),
    ]
    assert longest < 15
    # The first has found out for all.
    assert time.monotonic() - started < longest + 15
    assert {answer.status_code for answer in answers} == {200}
    assert verbs(answers[0])[-1] == "Hangup"
    assert waiting() == 6
    arrived = [entry.delivery for entry in journal().oldest(10)]

    with pytest.raises(OperationalError):
        drain()
    assert waiting() == 6

    proxy.fault = Fault.NONE
    drain_when_back()
    assert waiting() == 0
    after = Call.objects.get(pk=call.pk)
    assert (after.status, after.recording_url) == ("completed", "https://api.twilio.com/x")
    assert [change.status for change in after.timeline] == ["ringing", "in-progress", "completed"]
    kept = Recording.objects.get(twilio_sid=recording)
    assert kept.transcription
    assert (kept.status, kept.transcription.text) == ("completed", "Hi.")
    events = WebhookEvent.objects.order_by("received_at", "id")
    assert [(event.kind, event.received_at) for event in events] == [
        (each.kind, each.received_at) for each in arrived
    ]
    assert {event.outcome for event in events} <= {"applied", "repeated"}
    assert {event.deliveries for event in events} == {1}


def test_an_outage_of_thirty_seconds_for_each_command_costs_each_webhook_nothing(
    proxy: DatabaseProxy, call: Call
) -> None:
    proxy.fault = Fault.SLOW
    post_status(call.twilio_sid or "", "ringing")
    started = time.monotonic()
    assert all(verbs(ask_for_twiml(call))[-1] == "Hangup" for _ in range(5))
    assert time.monotonic() - started < 15
    assert not database_breaker.allows()


def test_what_comes_after_waits_behind_what_came_before(proxy: DatabaseProxy, call: Call) -> None:
    proxy.fault = Fault.GONE
    post_status(call.twilio_sid or "", "ringing", SequenceNumber="1")
    proxy.fault = Fault.NONE
    database_breaker.succeeded()
    post_status(call.twilio_sid or "", "completed", SequenceNumber="2")
    assert (waiting(), Call.objects.get(pk=call.pk).status) == (2, "initiated")
    drain()
    outcomes = WebhookEvent.objects.order_by("received_at").values_list("outcome", flat=True)
    assert list(outcomes) == ["applied", "applied"]


def test_a_call_that_waits_for_its_twiml_does_not_queue(proxy: DatabaseProxy, call: Call) -> None:
    proxy.fault = Fault.GONE
    post_status(call.twilio_sid or "", "ringing")
    proxy.fault = Fault.NONE
    database_breaker.succeeded()
    answer = ask_for_twiml(call)
    assert verbs(answer) == ["Say", "Say", "Record", "Hangup"]
    assert ElementTree.fromstring(answer.content)[1].text == "Hello."


def test_a_drained_delivery_leaves_its_own_time_behind(proxy: DatabaseProxy, call: Call) -> None:
    proxy.fault = Fault.GONE
    ask_for_twiml(call)
    post_status(call.twilio_sid or "", "in-progress")
    proxy.fault = Fault.NONE
    voice, status = (entry.delivery for entry in journal().oldest(2))
    drain()
    after = Call.objects.get(pk=call.pk)
    assert after.consent
    assert after.consent.served_at == voice.received_at
    assert after.timeline[0].received_at == after.updated_at == status.received_at


def test_the_text_that_was_served_is_the_evidence_and_not_that_of_the_day_it_is_applied(
    proxy: DatabaseProxy, call: Call, settings: SettingsWrapper
) -> None:
    settings.CONSENT_MESSAGE = "May we record this?"
    proxy.fault = Fault.GONE
    served = ElementTree.fromstring(ask_for_twiml(call).content)[0].text
    proxy.fault = Fault.NONE
    settings.CONSENT_MESSAGE = "Another text."
    drain()
    after = Call.objects.get(pk=call.pk)
    assert after.consent
    assert (after.consent.text, served) == ("May we record this?", "May we record this?")


def test_killed_after_applying_and_before_removing_it_applies_again_without_a_trace(
    proxy: DatabaseProxy, call: Call
) -> None:
    proxy.fault = Fault.GONE
    post_status(call.twilio_sid or "", "completed", CallDuration="7")
    proxy.fault = Fault.NONE
    [entry] = journal().oldest(1)
    drain()
    before = whole_database()
    journal().write(entry.delivery)
    assert drain() == 1
    assert whole_database() == before


def test_the_drainer_empties_the_journal_by_itself(proxy: DatabaseProxy, call: Call) -> None:
    proxy.fault = Fault.GONE
    post_status(call.twilio_sid or "", "completed")
    drainer = Drainer()
    drainer.start()
    proxy.fault = Fault.NONE
    while waiting():
        time.sleep(0.01)
    drainer.stop()
    assert Call.objects.get(pk=call.pk).status == "completed"


def test_a_delivery_that_the_database_cannot_hold_does_not_hold_up_the_others(
    proxy: DatabaseProxy, call: Call
) -> None:
    proxy.fault = Fault.GONE
    post_status(call.twilio_sid or "", "ringing")
    post_status(call.twilio_sid or "", "completed")
    proxy.fault = Fault.NONE
    with journal()._open() as connection:
        connection.execute(
            "UPDATE deliveries SET payload = ? WHERE id = 1", ('{"CallSid": "CA1", "x": "\\ud800"}',)
        )
    assert drain() == 1
    assert (waiting(), journal().has_queue()) == (1, False)
    assert Call.objects.get(pk=call.pk).status == "completed"


def test_what_neither_database_nor_disk_takes_is_for_twilio_to_send_again(
    proxy: DatabaseProxy, call: Call, own_journal: Path
) -> None:
    own_journal.mkdir()
    proxy.fault = Fault.GONE
    answer = post_status(call.twilio_sid or "", "ringing")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert verbs(ask_for_twiml(call)) == ["Say", "Say", "Hangup"]


def test_a_journal_that_cannot_be_read_does_not_stand_in_the_way(
    proxy: DatabaseProxy, call: Call, own_journal: Path
) -> None:
    own_journal.write_text("this is no database")
    with pytest.raises(sqlite3.Error):
        waiting()
    assert post_status(call.twilio_sid or "", "ringing").status_code == 200
    assert Call.objects.get(pk=call.pk).status == "ringing"


@pytest.mark.django_db
def test_an_unmatched_delivery_finds_its_call_later() -> None:
    call, recording = make_call(twilio_sid=None), recording_sid()
    sid = f"CA{recording[2:]}"
    post_recording(sid, recording, RecordingUrl="https://api.twilio.com/x")
    assert UnmatchedDeliveries().retry() == 0
    Call.objects.filter(pk=call.pk).update(twilio_sid=sid)
    assert UnmatchedDeliveries().retry() == 1
    assert Recording.objects.get(twilio_sid=recording).call == call
    assert WebhookEvent.objects.get().outcome == "applied"
