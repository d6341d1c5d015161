"""What Twilio did not tell is asked of it, politely and in the end no more."""

from __future__ import annotations

import os
import signal
import threading
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from atlas.twilio.errors import TwilioRejected, TwilioUnavailable
from atlas.twilio.gateway import gateway
from atlas.twilio.simulator.testing import SimulatorProcess
from calls import patience
from calls.lifecycle import Submission
from calls.models import Call, Recording, Transcription
from calls.patience import patiently, pauses
from calls.reconcile import due_calls, sync_call
from calls.tests.factories import make_call, make_recording
from calls.tests.silence import placed_at_twilio

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(minutes=20)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.001)


def old_call(**changes: Any) -> Call:
    at = timezone.now().replace(microsecond=0) - LONG_AGO
    return make_call(**{"created_at": at, "sync_after": at} | changes)


def sync(*arguments: str) -> str:
    output = StringIO()
    call_command("sync_calls", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def sync_after(call: Call) -> datetime | None:
    return Call.objects.get(pk=call.pk).sync_after


def test_a_call_that_finished_in_silence_gets_its_end_its_recording_and_its_transcript(
    simulator: SimulatorProcess,
) -> None:
    call = old_call(twilio_sid=placed_at_twilio(simulator))
    assert sync() == "1 asked about, 1 changed\n"
    [truth] = simulator.calls()
    after = Call.objects.get(pk=call.pk)
    assert (after.status, after.duration) == ("completed", truth["duration"])
    assert [change.status for change in after.timeline] == ["in-progress", "completed"]
    recording = Recording.objects.get(call=call)
    assert recording.transcription
    assert recording.twilio_sid == truth["recordings"][0]["sid"]
    assert recording.transcription.text == truth["recordings"][0]["transcriptions"][0]["text"]
    assert after.recording_url
    assert (after.sync_after, sync()) == (None, "0 asked about, 0 changed\n")
    assert len(simulator.calls()) == 1


@pytest.mark.parametrize("number", ["+14155552001", "+14155552002", "+14155552004"])
def test_a_call_that_nobody_answered_is_over(simulator: SimulatorProcess, number: str) -> None:
    call = old_call(twilio_sid=placed_at_twilio(simulator, number))
    sync()
    assert Call.objects.get(pk=call.pk).status == simulator.calls()[0]["status"]
    assert sync_after(call) is None


def test_a_recording_and_a_transcript_that_never_came_are_fetched(simulator: SimulatorProcess) -> None:
    call = old_call(twilio_sid=placed_at_twilio(simulator), status="completed", duration=9)
    [truth] = simulator.calls()[0]["recordings"]
    make_recording(call, twilio_sid=truth["sid"])
    sync()
    transcription = Recording.objects.get(call=call).transcription
    assert transcription
    assert transcription.text == truth["transcriptions"][0]["text"]


def test_twilio_is_not_asked_about_what_is_complete(simulator: SimulatorProcess) -> None:
    simulator.faults({"fault": "rest_error", "status": 500})
    transcription = Transcription(sid="TR1", text="Hello.", status="completed")
    complete = [
        old_call(status="busy"),
        old_call(status="completed", recording_enabled=False),
        make_recording(old_call(status="completed"), status="absent").call,
        make_recording(old_call(status="completed"), transcription=transcription).call,
    ]
    assert sync() == "0 asked about, 0 changed\n"
    assert {sync_after(call) for call in complete} == {None}


@pytest.mark.parametrize("number", ["+14155552006", "+14155552007", "+14155552008"])
def test_what_is_absent_or_failed_is_not_asked_for_again(simulator: SimulatorProcess, number: str) -> None:
    call = old_call(twilio_sid=placed_at_twilio(simulator, number))
    assert sync() == "1 asked about, 1 changed\n"
    assert sync_after(call) is None


def test_what_twilio_does_not_have_is_asked_for_ever_less_often_and_in_the_end_no_more(
    simulator: SimulatorProcess,
) -> None:
    sid = placed_at_twilio(simulator, "+14155552001")
    recent, old = timezone.now() - LONG_AGO, timezone.now() - timedelta(hours=2)
    call = old_call(twilio_sid=sid, status="completed", ended_at=recent)
    sync()
    again = sync_after(call)
    assert again
    assert again > timezone.now() + timedelta(minutes=9)
    Call.objects.filter(pk=call.pk).update(ended_at=old, sync_after=old)
    sync()
    assert sync_after(call) is None


def test_a_young_call_is_left_to_twilios_callbacks(simulator: SimulatorProcess) -> None:
    call = make_call(twilio_sid=placed_at_twilio(simulator))
    assert sync() == "0 asked about, 0 changed\n"
    assert sync("--older-than", "0") == "1 asked about, 1 changed\n"
    assert Call.objects.get(pk=call.pk).status == "completed"


@pytest.mark.parametrize("submission", [Submission.UNKNOWN, Submission.PENDING])
def test_a_call_that_twilio_may_have_taken_is_found_by_its_number(
    simulator: SimulatorProcess, submission: str
) -> None:
    call = old_call(twilio_sid=None, submission=submission)
    sid = placed_at_twilio(simulator)
    sync()
    after = Call.objects.get(pk=call.pk)
    assert (after.twilio_sid, after.submission, after.status) == (sid, "accepted", "completed")


def test_a_call_that_twilio_never_got_has_failed_and_none_is_placed(simulator: SimulatorProcess) -> None:
    call = old_call(twilio_sid=None, submission=Submission.UNKNOWN)
    sync()
    after = Call.objects.get(pk=call.pk)
    assert (after.status, after.error_message) == ("failed", "Twilio never received this call.")
    assert simulator.calls() == []


def test_of_two_unknown_calls_to_one_number_neither_is_taken_for_the_other(
    simulator: SimulatorProcess,
) -> None:
    placed_at_twilio(simulator)
    calls = [old_call(twilio_sid=None, submission=Submission.UNKNOWN) for _ in range(2)]
    sync()
    assert {Call.objects.get(pk=call.pk).submission for call in calls} == {Submission.UNKNOWN}


def test_twilios_wish_for_patience_is_heard(simulator: SimulatorProcess) -> None:
    old_call(twilio_sid=placed_at_twilio(simulator))
    simulator.faults({"fault": "rest_error", "status": 429, "code": 20429, "count": 3})
    assert sync() == "1 asked about, 1 changed\n"


def test_it_gives_up_when_twilio_stays_away_and_goes_on_where_it_was(simulator: SimulatorProcess) -> None:
    first, second = (old_call(twilio_sid=placed_at_twilio(simulator)) for _ in range(2))
    simulator.faults({"fault": "rest_error", "status": 503, "skip": 3})
    with pytest.raises(CommandError, match=r"HTTP 503.*next time"):
        sync()
    assert (sync_after(first), sync_after(second)) == (None, second.sync_after)
    simulator.clear_faults()
    assert sync() == "1 asked about, 1 changed\n"
    assert sync_after(second) is None


def test_a_call_that_twilio_does_not_know_does_not_stop_the_others(simulator: SimulatorProcess) -> None:
    unknown = old_call()
    known = old_call(twilio_sid=placed_at_twilio(simulator))
    assert sync() == "2 asked about, 1 changed\n"
    assert (sync_after(known), due_calls(older_than=timedelta(), limit=9)) == (None, [])
    assert sync_after(unknown)


def test_wrong_credentials_stop_it_at_once(simulator: SimulatorProcess) -> None:
    call = old_call()
    simulator.faults({"fault": "rest_error", "status": 401})
    with pytest.raises(CommandError, match="20003"):
        sync()
    assert sync_after(call) == call.sync_after


def test_the_longest_missing_come_first_and_in_batches() -> None:
    calls = [make_call(sync_after=timezone.now() - timedelta(hours=hours)) for hours in (1, 3, 2)]
    assert due_calls(older_than=timedelta(), limit=2) == [calls[1], calls[2]]


def test_syncing_twice_changes_nothing_more(simulator: SimulatorProcess) -> None:
    call = old_call(twilio_sid=placed_at_twilio(simulator))
    sync_call(call=call)
    before = {recording["twilio_sid"]: recording["status"] for recording in Recording.objects.values()}
    history = len(Call.objects.get(pk=call.pk).timeline)
    sync_call(call=call)
    assert {
        recording["twilio_sid"]: recording["status"] for recording in Recording.objects.values()
    } == before
    assert len(Call.objects.get(pk=call.pk).timeline) == history


class Spoken(StringIO):
    def __init__(self, spoken: threading.Event) -> None:
        super().__init__()
        self.spoken = spoken

    def write(self, text: str) -> int:
        self.spoken.set()
        return super().write(text)


def test_it_goes_on_until_it_is_told_to_end(simulator: SimulatorProcess) -> None:
    spoken = threading.Event()

    def end_it() -> None:
        spoken.wait()
        os.kill(os.getpid(), signal.SIGTERM)

    teller = threading.Thread(target=end_it)
    teller.start()
    call_command("sync_calls", "--every", "600", stdout=Spoken(spoken), stderr=StringIO())
    teller.join()


def test_pauses_grow_and_are_never_quite_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", 1.0)
    for place, pause in enumerate(pauses()):
        assert 0.5 * 2**place <= pause <= 1.5 * 2**place
    assert list(pauses()) != list(pauses())


def test_patience_has_an_end() -> None:
    waited: list[float] = []

    def ask() -> None:
        raise TwilioUnavailable("Too many requests.")

    with pytest.raises(TwilioUnavailable):
        patiently(ask, wait=waited.append)
    assert len(waited) == patience.TRIES - 1


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (404, 20404)])
def test_a_list_that_twilio_refuses_is_a_refusal(simulator: SimulatorProcess, status: int, code: int) -> None:
    simulator.faults({"fault": "rest_error", "status": status})
    with pytest.raises(TwilioRejected) as refused:
        gateway().recordings_of("CA1")
    assert refused.value.twilio_code == code


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_list_that_twilio_cannot_give_now_may_be_asked_for_later(
    simulator: SimulatorProcess, status: int
) -> None:
    simulator.faults({"fault": "rest_error", "status": status})
    with pytest.raises(TwilioUnavailable, match=str(status)):
        gateway().calls_to("+14155550123", since=timezone.now())
