from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import Case, DateTimeField, F, Q, When
from django.db.models.functions import Greatest

from atlas.mongodb.expressions import Append, IfNull
from atlas.mongodb.prepared import PreparedFind
from atlas.mongodb.slots import Parameter, Slot, filling
from atlas.mongodb.testing import plan_of, recorded_commands
from calls.models import Call, Consent, Recording, StatusChange
from calls.tests.factories import make_call, recording_sid

pytestmark = pytest.mark.django_db

EARLY = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
LATE = datetime(2026, 2, 1, 12, tzinfo=timezone.utc)


def test_a_prepared_update_takes_other_values_each_time() -> None:
    one, other = make_call(), make_call()
    update = Call.objects.filter(call_id=Parameter("call_id")).prepared_update(
        consent=IfNull("consent", Parameter("consent")),
        updated_at=Greatest("updated_at", Parameter("at", DateTimeField())),
        status_history=Append("status_history", Parameter("change")),
    )
    for call, text, at in ((one, "$text", LATE), (other, "another", EARLY), (one, "late", EARLY)):
        change = StatusChange(status="ringing", at=at, received_at=at, source="test")
        update(call_id=call.call_id, consent=Consent(text=text, served_at=at), at=at, change=change)
    one, other = Call.objects.get(pk=one.pk), Call.objects.get(pk=other.pk)
    assert one.consent
    assert other.consent
    assert (one.consent.text, one.consent.served_at) == ("$text", LATE)
    assert (other.consent.text, other.consent.served_at) == ("another", EARLY)
    assert [change.at for change in one.status_history or []] == [LATE, EARLY]


def test_it_says_whether_it_found_and_whether_it_changed() -> None:
    call = make_call(duration=1)
    update = Call.objects.filter(call_id=Parameter("call_id")).prepared_update(
        only_if=Q(duration=None) | Q(duration=Parameter("known")), duration=Parameter("duration")
    )
    assert update(call_id="none", known=1, duration=2) == (False, False)
    assert update(call_id=call.call_id, known=7, duration=2) == (True, False)
    assert update(call_id=call.call_id, known=1, duration=2) == (True, True)
    assert update(call_id=call.call_id, known=2, duration=2) == (True, False)
    assert Call.objects.get(pk=call.pk).duration == 2


def test_an_upsert_makes_the_document_and_finds_it_the_next_time() -> None:
    call, sid = make_call(), recording_sid()
    upsert = Recording.objects.filter(twilio_sid=Parameter("sid")).prepared_update(
        upsert=True,
        call=call.pk,
        created_at=IfNull("created_at", Parameter("at")),
        source=Parameter("source"),
    )
    assert upsert(sid=sid, at=EARLY, source="a") == (True, True)
    assert upsert(sid=sid, at=LATE, source="a") == (True, False)
    assert upsert(sid=sid, at=LATE, source="b") == (True, True)
    recording = Recording.objects.get()
    assert (recording.twilio_sid, recording.created_at, recording.source) == (sid, EARLY, "b")


def test_a_taken_key_is_an_integrity_error() -> None:
    call, other = make_call(), make_call()
    update = Call.objects.filter(call_id=Parameter("call_id")).prepared_update(twilio_sid=Parameter("sid"))
    with pytest.raises(IntegrityError):
        update(call_id=call.call_id, sid=other.twilio_sid)


def test_a_prepared_find_returns_the_fields_it_names() -> None:
    call = make_call(script="Hello.")
    find = Call.objects.filter(call_id=Parameter("call_id")).prepared_find("script", "consent")
    assert find(call_id="none") is None
    with recorded_commands() as commands:
        found = find(call_id=call.call_id)
        assert found == call
        assert found
        assert (found.script, found.consent) == ("Hello.", None)
    assert commands[0].body["projection"] == {"_id": 1, "script": 1, "consent": 1}
    assert "IXSCAN" in plan_of(commands[0])


def test_prepared_rows_come_in_their_order_a_part_at_a_time() -> None:
    calls = [make_call(duration=duration, script=None) for duration in (3, 1, 2, 9)]
    short = PreparedFind(Call.objects.filter(duration__lt=Parameter("longest")).order_by("duration"))
    assert short.count({"longest": 9}) == 3
    assert short.rows({"longest": 9}) == [calls[1], calls[2], calls[0]]
    assert short.rows({"longest": 9}, skip=1, limit=1) == [calls[2]]
    assert short.rows({"longest": 1}) == []


def content(model: Any) -> Any:
    """All that is in it, also what says whether it is stored."""
    if isinstance(model, list):
        return [content(each) for each in model]
    if hasattr(model, "__dict__"):
        return {name: content(value) for name, value in vars(model).items()}
    return model


def test_what_a_prepared_find_returns_is_what_the_orm_does() -> None:
    change = StatusChange(status="ringing", at=EARLY, received_at=LATE, source="test", sequence=1)
    made = make_call(consent=Consent(text="May we?", served_at=EARLY), status_history=[change], duration=None)
    bare = make_call(consent=None, status_history=[])
    find = Call.objects.filter(call_id=Parameter("call_id")).prepared_find()
    for call in (made, bare):
        found, expected = find(call_id=call.call_id), Call.objects.get(pk=call.pk)
        assert found
        assert content(found) == content(expected)


def test_a_condition_that_another_one_says_is_left_out_when_the_values_are_known() -> None:
    call = make_call(created_at=EARLY)
    same = Parameter("at", DateTimeField())
    rows = PreparedFind(
        Call.objects.filter(created_at__gte=Parameter("since", DateTimeField())).filter(created_at=same)
    )
    with recorded_commands() as commands:
        assert rows.rows({"since": EARLY, "at": EARLY}) == [call]
        assert rows.rows({"since": LATE, "at": EARLY}) == []
    assert commands[0].body["filter"] == {"created_at": EARLY.replace(tzinfo=None)}
    assert "$and" in commands[1].body["filter"]


def test_a_query_that_needs_a_pipeline_is_not_prepared() -> None:
    with pytest.raises(TypeError, match="pipeline"):
        PreparedFind(Call.objects.annotate(longer=F("duration") + 1))


def test_a_thread_other_than_the_one_that_prepared_it_may_use_it(transactional_db: None) -> None:
    calls = [make_call(duration=0) for _ in range(8)]
    more = Case(When(duration=None, then=F("duration")), default=F("duration") + 1)
    update = Call.objects.filter(call_id=Parameter("call_id")).prepared_update(duration=more)

    def count(call: Call) -> None:
        update(call_id=call.call_id)
        connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, calls * 3))
    assert set(Call.objects.values_list("duration", flat=True)) == {3}


def test_a_filter_that_can_match_nothing_finds_nothing() -> None:
    make_call()
    assert Call.objects.filter(pk__in=[]).prepared_update(duration=1)() == (False, False)


def test_what_has_no_slot_in_it_is_not_copied() -> None:
    template = {"a": [1, {"b": 2}]}
    assert filling(template)({}, None) is template


def test_a_value_is_prepared_once_wherever_it_is_needed() -> None:
    prepared = []

    def prepare(value: int, connection: str) -> str:
        prepared.append(value)
        return f"{value} for {connection}"

    slot = Slot("x", prepare)
    fill = filling([{"a": slot, 'of "quotes"': [slot, 7]}, {"b": {"$literal": slot}}])

    assert fill({"x": 5}, "it") == [
        {"a": "5 for it", 'of "quotes"': ["5 for it", 7]},
        {"b": {"$literal": "5 for it"}},
    ]
    assert prepared == [5]
