from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from atlas.mongodb.expressions import Append, Contains, IfNull
from atlas.mongodb.testing import plan_of, recorded_commands
from calls.models import Call, Consent, Recording, StatusChange
from calls.tests.factories import call_sid, make_call, make_recording, recording_sid

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


def change(status: str, sequence: int = 0) -> StatusChange:
    return StatusChange(status=status, at=NOW, received_at=NOW, sequence=sequence, source="test")


def test_it_changes_one_document_and_returns_it_as_it_was() -> None:
    call, other = make_call(duration=1), make_call(duration=1)
    before = Call.objects.filter(call_id=call.call_id).find_one_and_update(duration=F("duration") + 1)
    assert before == call
    assert before.duration == 1
    assert Call.objects.get(pk=call.pk).duration == 2
    assert Call.objects.get(pk=other.pk).duration == 1


def test_it_returns_nothing_where_nothing_matches() -> None:
    assert Call.objects.filter(call_id="none").find_one_and_update(duration=1) is None
    assert Call.objects.filter(pk__in=[]).find_one_and_update(duration=1) is None
    assert Call.objects.count() == 0


def test_an_upsert_makes_the_document_of_the_filter_and_the_changes() -> None:
    call, sid = make_call(), recording_sid()
    values: dict[str, Any] = {"call": call, "created_at": IfNull("created_at", NOW), "duration": 3}
    recordings = Recording.objects.filter(twilio_sid=sid)
    assert recordings.find_one_and_update(upsert=True, **values) is None
    before = recordings.find_one_and_update(upsert=True, **values | {"duration": 4})
    assert before
    assert (before.duration, before.created_at) == (3, NOW)
    assert recordings.get().duration == 4


def test_a_document_that_does_not_meet_only_if_is_returned_unchanged() -> None:
    call = make_call(duration=1)
    calls = Call.objects.filter(call_id=call.call_id)
    before = calls.find_one_and_update(only_if=Q(twilio_sid="another") | Q(twilio_sid=None), duration=2)
    assert before == call
    assert calls.get().duration == 1
    calls.find_one_and_update(only_if=Q(twilio_sid=call.twilio_sid) | Q(twilio_sid=None), duration=2)
    assert calls.get().duration == 2


def test_only_if_leaves_the_filter_to_an_index() -> None:
    call = make_call()
    with recorded_commands() as commands:
        Call.objects.filter(call_id=call.call_id).find_one_and_update(only_if=Q(status="busy"), duration=2)
    [command] = commands
    assert command.name == "findAndModify"
    assert "IXSCAN" in plan_of(command)


def test_a_duplicate_key_is_an_integrity_error() -> None:
    call, other = make_call(), make_call()
    with pytest.raises(IntegrityError):
        Call.objects.filter(pk=call.pk).find_one_and_update(twilio_sid=other.twilio_sid)


def test_an_array_is_searched_by_a_key_of_its_items_also_one_that_is_missing() -> None:
    call = make_call(status_history=None)
    for item in (change("ringing", 1), change("ringing", 2), change("busy", 3)):
        is_there = Contains("status_history", key="status", value=item.status)
        history = Case(When(is_there, then=F("status_history")), default=Append("status_history", item))
        Call.objects.filter(pk=call.pk).update(status_history=history)
    kept = Call.objects.get(pk=call.pk).status_history or []
    assert [(item.status, item.sequence) for item in kept] == [("ringing", 1), ("busy", 3)]


def test_if_null_keeps_what_is_there_whatever_the_field() -> None:
    call = make_call()
    first, second = (Consent(text=f"$text {number}", served_at=NOW) for number in (1, 2))
    for consent in (first, second):
        Call.objects.filter(pk=call.pk).update(
            consent=IfNull("consent", consent), error_message=IfNull("error_message", "$x")
        )
    after = Call.objects.get(pk=call.pk)
    assert after.consent
    assert (after.consent.text, after.consent.served_at, after.error_message) == ("$text 1", NOW, "$x")


def test_an_embedded_field_can_be_set_to_an_expression() -> None:
    call = make_call(consent=Consent(text="kept", served_at=NOW))
    kept = Case(When(status="busy", then=Value(None)), default=F("consent"))
    Call.objects.filter(pk=call.pk).update(consent=kept)
    consent = Call.objects.get(pk=call.pk).consent
    assert consent
    assert consent.text == "kept"


def test_the_time_to_live_and_the_path_of_an_index_reach_the_server() -> None:
    events = connection.get_collection("webhook_events").index_information()  # type: ignore[attr-defined]
    assert events["events_expire"]["key"] == [("expires_at", 1)]
    assert events["events_expire"]["expireAfterSeconds"] == 0
    recordings = connection.get_collection("recordings").index_information()  # type: ignore[attr-defined]
    keys = [("transcription.status", 1), ("created_at", -1), ("_id", -1)]
    assert recordings["recordings_by_transcript"]["key"] == keys


def test_a_call_reads_its_own_recordings() -> None:
    call = make_call(twilio_sid=call_sid())
    late = make_recording(call, created_at=NOW + timedelta(minutes=1))
    early = make_recording(call, created_at=NOW)
    assert list(call.recordings_in_order) == [early, late]
