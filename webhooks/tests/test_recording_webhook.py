from itertools import permutations

import pytest

from atlas.mongodb.testing import recorded_commands
from calls.models import Call, Recording
from calls.tests.factories import call_sid, make_call, recording_sid
from webhooks.models import WebhookEvent
from webhooks.tests.twilio_client import post_recording, post_transcription

pytestmark = pytest.mark.django_db

URL = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"


def test_a_completed_recording_is_kept_and_named_by_its_call() -> None:
    call, sid = make_call(), recording_sid()
    answer = post_recording(
        call.twilio_sid or "",
        sid,
        RecordingUrl=URL,
        RecordingDuration="21",
        RecordingChannels="1",
        RecordingSource="RecordVerb",
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    recording = Recording.objects.get(twilio_sid=sid)
    assert recording.call == call
    assert (recording.status, recording.recording_status, recording.duration) == (
        "completed",
        "completed",
        21,
    )
    assert (recording.channels, recording.source, recording.recording_url) == (1, "RecordVerb", URL)
    assert Call.objects.get(pk=call.pk).recording_url == URL


def test_the_first_completed_recording_stays_the_calls() -> None:
    call = make_call()
    post_recording(call.twilio_sid or "", recording_sid(), RecordingUrl=URL)
    post_recording(call.twilio_sid or "", recording_sid(), RecordingUrl=f"{URL}2")
    assert Call.objects.get(pk=call.pk).recording_url == URL
    assert Recording.objects.count() == 2


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_a_recording_without_audio_is_shown_as_such(status: str) -> None:
    call, sid = make_call(), recording_sid()
    post_recording(call.twilio_sid or "", sid, status)
    assert Recording.objects.get(twilio_sid=sid).status == status
    assert Call.objects.get(pk=call.pk).recording_url is None


def test_any_order_of_recording_and_transcription_ends_in_the_same_recording() -> None:
    ends = set()
    for order in permutations(["in-progress", "completed", "transcription"]):
        call, sid = make_call(), recording_sid()
        for step in order:
            if step == "transcription":
                post_transcription(call.twilio_sid or "", sid, "Hello there.")
            else:
                post_recording(call.twilio_sid or "", sid, step, RecordingUrl=URL, RecordingDuration="9")
        recording = Recording.objects.get(twilio_sid=sid)
        assert recording.transcription
        ends.add(
            (recording.status, recording.recording_status, recording.duration, recording.transcription.text)
        )
    assert ends == {("completed", "completed", 9, "Hello there.")}


def test_a_failed_transcription_is_shown_as_such() -> None:
    call, sid = make_call(), recording_sid()
    post_transcription(call.twilio_sid or "", sid, "(blank)", "failed")
    transcription = Recording.objects.get(twilio_sid=sid).transcription
    assert transcription
    assert transcription.status == "failed"


def test_text_that_looks_like_a_command_of_the_database_is_stored_as_text() -> None:
    call, sid = make_call(), recording_sid()
    post_transcription(call.twilio_sid or "", sid, "$call_id {$where: 1}")
    transcription = Recording.objects.get(twilio_sid=sid).transcription
    assert transcription
    assert transcription.text == "$call_id {$where: 1}"


def test_the_recording_of_an_unknown_call_is_kept_as_unmatched() -> None:
    post_recording(call_sid(), recording_sid())
    assert WebhookEvent.objects.get().outcome == "unmatched"
    assert Recording.objects.count() == 0


def test_a_recording_costs_four_commands_and_a_transcription_three() -> None:
    call, sid = make_call(), recording_sid()
    with recorded_commands() as recording:
        post_recording(call.twilio_sid or "", sid, RecordingUrl=URL)
    with recorded_commands() as transcription:
        post_transcription(call.twilio_sid or "", sid, "Hello.")
    assert [command.name for command in recording] == ["find", "update", "update", "update"]
    assert [command.name for command in transcription] == ["find", "update", "update"]
