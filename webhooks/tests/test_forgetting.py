from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from atlas.mongodb.testing import plan_of, recorded_commands
from atlas.twilio.gateway import gateway
from atlas.twilio.simulator.testing import SimulatorProcess
from calls import patience
from calls.models import Call, Recording, StaffNote
from calls.reconcile import sync_call
from calls.tests.factories import make_call
from calls.tests.silence import placed_at_twilio
from feedback.services import give_feedback
from users.models import AuditEntry, User
from users.services import create_user
from webhooks.deliveries import Delivery
from webhooks.forgetting import recordings_before
from webhooks.journal import journal
from webhooks.models import Kind, WebhookEvent
from webhooks.tests.snapshot import whole_database
from webhooks.tests.twilio_client import post_recording, post_status

pytestmark = pytest.mark.django_db

NUMBER = "+14155550177"
SCORES = dict.fromkeys(
    ("call_quality", "agent_helpfulness", "resolution", "call_ease", "overall_satisfaction"), 4
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.001)


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def call_of(simulator: SimulatorProcess, number: str = NUMBER, **changes: Any) -> Call:
    """A whole call with everything that is known of a person."""
    call = make_call(
        twilio_sid=placed_at_twilio(simulator, number), to_number=number, script="Dear Grace", **changes
    )
    sid = call.twilio_sid or ""
    post_status(sid, "completed", To=number, CallDuration="7")
    give_feedback(call_sid=sid, scores=SCORES, notes="Grace was kind.")
    return sync_call(call=call)


def grace() -> User:
    return create_user(name="Grace", email="grace@example.com", phone_number=NUMBER)


def left_of(*words: str) -> list[str]:
    text = json.dumps(whole_database(), default=str)
    return [word for word in words if word in text]


def test_without_yes_it_only_says_what_would_go(simulator: SimulatorProcess) -> None:
    grace()
    call_of(simulator)
    before, truth = whole_database(), simulator.calls()
    output = run("forget_person", "Grace@example.com")
    for line in ("users", "calls", "recordings", "transcripts", "webhooks"):
        assert line in output
    assert "Nothing was changed" in output
    assert (whole_database(), simulator.calls()) == (before, truth)


@pytest.mark.parametrize("person", [NUMBER, "grace@example.com", "+1 (415) 555-0177"])
def test_a_person_is_forgotten_here_and_at_twilio_and_the_statistics_stay(
    simulator: SimulatorProcess, person: str
) -> None:
    user = grace()
    call = call_of(simulator)
    elsewhere = call_of(simulator, "+14155550178", user_external_id=str(user.pk))
    other = call_of(simulator, "+14155550179")
    post_recording("CA0", "RE0", To=NUMBER)
    journal().write(Delivery(Kind.STATUS, {}, {"CallSid": "CA00", "To": NUMBER}, timezone.now()))
    [recording] = Recording.objects.filter(call=call)
    assert recording.transcription
    words = ("Grace", NUMBER, "+14155550178", recording.twilio_sid, recording.transcription.sid)

    assert "is forgotten" in run("forget_person", person, "--yes")

    Call.objects.filter(pk=other.pk).update(script=None, feedback=None)
    assert left_of(*words, "grace@example.com") == []
    assert journal().waiting() == 0
    for each in (call, elsewhere):
        after = Call.objects.get(pk=each.pk)
        assert (after.status, after.duration, after.ended_at) == ("completed", 7, each.ended_at)
        assert after.feedback
        assert (after.feedback.overall_satisfaction, after.feedback.notes) == (4, None)
        assert [change.at for change in after.timeline] == [change.at for change in each.timeline]
    assert [call["sid"] for call in simulator.calls()] == [other.twilio_sid]
    assert gateway().recordings_of(call.twilio_sid or "") == []
    assert Recording.objects.get().call == other
    assert WebhookEvent.objects.filter(call_sid=other.twilio_sid).exists()
    assert "Nothing is known" in run("forget_person", person)


def audit(detail: str) -> AuditEntry:
    return AuditEntry.objects.create(
        username="ann", action=AuditEntry.Action.EXPORTED, subject="calls.csv", detail=detail
    )


def test_a_person_is_forgotten_wherever_else_they_are_named(simulator: SimulatorProcess) -> None:
    user = grace()
    by_address = call_of(simulator, "+14155550178", user_external_id="grace@example.com")
    by_number = call_of(simulator, "+14155550179", user_external_id=NUMBER)
    searches = ["q=5550177", "q=0177&p=2", "q=Grace", f"q={user.pk}", "q=grace@example.com"]
    about, others = [audit(search) for search in searches], [audit(each) for each in ("q=0178", "period=7d")]

    assert "searches in the audit log" in run("forget_person", "grace@example.com", "--yes")

    assert left_of("grace", "Grace", NUMBER, "5550177", "q=0177", str(user.pk)) == []
    for call in (by_address, by_number):
        assert Call.objects.get(pk=call.pk).user_external_id is None
    details = AuditEntry.objects.filter(pk__in=[each.pk for each in about]).values_list("username", "detail")
    assert set(details) == {("ann", "a forgotten person")}
    kept = AuditEntry.objects.filter(pk__in=[each.pk for each in others]).order_by("at")
    assert [each.detail for each in kept] == ["q=0178", "period=7d"]


def test_calls_of_others_that_name_the_person_are_said_and_left(simulator: SimulatorProcess) -> None:
    grace()
    texts = {"script": "Ask (415) 555-0177.", "staff_notes": [note("Her address: GRACE@example.com")]}
    named = [make_call(to_number="+14155550100", **{name: text}) for name, text in texts.items()]
    make_call(to_number="+14155550101", script="Nothing about 415 555 0178.")
    output = run("forget_person", "grace@example.com").replace("\n", " ")
    assert [str(call) in output for call in named] == [True, True]
    run("forget_person", "grace@example.com", "--yes")
    assert Call.objects.get(pk=named[0].pk).script == "Ask (415) 555-0177."


def note(text: str) -> StaffNote:
    return StaffNote(author="ann", text=text, written_at=timezone.now())


def test_what_twilio_refuses_is_said_and_done_next_time(simulator: SimulatorProcess) -> None:
    grace()
    first, second = call_of(simulator), call_of(simulator)
    simulator.faults({"fault": "rest_error", "status": 403, "operations": ["calls.delete"], "skip": 1})
    with pytest.raises(CommandError, match=f"{second.twilio_sid}: Twilio error"):
        run("forget_person", NUMBER, "--yes")
    assert (Call.objects.get(pk=first.pk).to_number, Call.objects.get(pk=second.pk).to_number) == ("", NUMBER)
    assert User.objects.exists()
    simulator.clear_faults()
    assert "is forgotten" in run("forget_person", NUMBER, "--yes")
    assert left_of("Grace", NUMBER) == []
    assert simulator.calls() == []


def test_if_twilio_never_gives_way_it_can_be_left_out(simulator: SimulatorProcess) -> None:
    call_of(simulator)
    simulator.faults({"fault": "rest_error", "status": 500})
    with pytest.raises(CommandError, match="HTTP 500"):
        run("forget_person", NUMBER, "--yes")
    assert "What Twilio has is left" in run("forget_person", NUMBER, "--yes", "--leave-twilio")
    assert left_of("Grace", NUMBER) == []


def test_a_call_under_way_is_not_forgotten(simulator: SimulatorProcess) -> None:
    call = make_call(to_number=NUMBER, status="in-progress")
    with pytest.raises(CommandError, match="Hang it up"):
        run("forget_person", NUMBER, "--yes")
    assert Call.objects.get(pk=call.pk).to_number == NUMBER


@pytest.mark.parametrize("person", ["Grace", "12", ""])
def test_who_is_meant_must_be_clear(person: str) -> None:
    with pytest.raises(CommandError, match=r"E\.164"):
        run("forget_person", person)


def test_old_recordings_are_purged_here_and_at_twilio(simulator: SimulatorProcess) -> None:
    old, young = call_of(simulator), call_of(simulator)
    Recording.objects.filter(call=old).update(created_at=timezone.now() - timedelta(days=31))
    [recording] = Recording.objects.filter(call=old)
    post_recording(old.twilio_sid or "", recording.twilio_sid, RecordingUrl=recording.recording_url or "")
    assert run("purge", "--older-than", "30") == "1 recordings would be removed. Add --yes to do it.\n"
    assert gateway().recordings_of(old.twilio_sid or "")

    assert "1 of 1 recordings are removed" in run("purge", "--older-than", "30", "--yes")

    purged = Recording.objects.get(pk=recording.pk)
    assert (purged.status, purged.recording_url, purged.transcription) == ("absent", None, None)
    assert purged.duration == recording.duration
    after = Call.objects.get(pk=old.pk)
    assert (after.recording_url, after.recording_status) == (None, "absent")
    assert gateway().recordings_of(old.twilio_sid or "") == []
    assert len(gateway().recordings_of(young.twilio_sid or "")) == 1
    assert Call.objects.get(pk=young.pk).recording_url
    before = whole_database()
    run("replay_webhooks", "--outcome", "all")
    assert whole_database() == before
    assert "0 recordings" in run("purge", "--older-than", "30")


def test_a_purge_goes_on_where_twilio_stopped_it(simulator: SimulatorProcess) -> None:
    for _ in range(2):
        call_of(simulator)
    simulator.faults({"fault": "rest_error", "status": 429, "operations": ["recordings.delete"], "skip": 1})
    with pytest.raises(CommandError, match="Run it again"):
        run("purge", "--older-than", "0", "--yes")
    simulator.clear_faults()
    assert "1 of 1 recordings are removed" in run("purge", "--older-than", "0", "--yes")


def test_an_index_finds_the_recordings_to_purge(simulator: SimulatorProcess) -> None:
    call_of(simulator)
    with recorded_commands() as commands:
        list(recordings_before(timezone.now()))
    assert "IXSCAN" in plan_of(commands[0])


def test_deliveries_expire_after_their_time(settings: Any) -> None:
    settings.WEBHOOK_RETENTION_DAYS = 7
    post_status(make_call().twilio_sid or "", "ringing")
    event = WebhookEvent.objects.get()
    assert event.expires_at == event.received_at + timedelta(days=7)
    indexes = connection.database["webhook_events"].index_information()  # type: ignore[attr-defined]
    assert indexes["events_expire"]["key"] == [("expires_at", 1)]
    assert indexes["events_expire"]["expireAfterSeconds"] == 0
