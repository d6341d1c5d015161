"""The page of one call, notes, listening, and what is hidden from whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from atlas.mongodb.testing import recorded_commands
from atlas.tests.desk import CALLS, signed_in, text_of
from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call, Consent, StatusChange, Transcription
from calls.services import CallRequest, add_note, place_call
from calls.tests.factories import make_call, make_recording
from feedback.tests.factories import rate
from users.models import AuditEntry, Staff
from users.roles import Role
from users.tests.factories import make_user

pytestmark = pytest.mark.django_db

HTML = "<script>alert(1)</script><b>x</b>"


def page_of(call: Call, client: Client | None = None) -> str:
    answer = (client or signed_in()).get(f"{CALLS}{call.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def completed_call(**changes: object) -> Call:
    start = timezone.now() - timedelta(hours=1)
    history = [
        StatusChange(status=status, at=start + timedelta(seconds=after), received_at=start, source="webhook")
        for status, after in (("completed", 65.5), ("ringing", 1.5), ("in-progress", 5.5))
    ]
    values = {
        "status": "completed",
        "duration": 60,
        "created_at": start,
        "answered_at": start + timedelta(seconds=5.5),
        "ended_at": start + timedelta(seconds=65.5),
        "status_history": history,
        "consent": Consent(text="This call may be recorded.", served_at=start),
        "script": "Hello there.",
    }
    return make_call(**(values | changes))


def test_it_shows_what_is_known_of_a_call() -> None:
    call = completed_call(user_external_id=str(make_user(name="Ada Lovelace").pk))
    make_recording(
        call, transcription=Transcription(sid="TR1", text="I want my money back.", status="completed")
    )
    rate(call, 4, notes="Rather good")
    other = make_call(user_external_id=call.user_external_id, status="busy")
    page = page_of(call)
    for words in (
        "+14155550123",
        "Answered",
        "ended normally",
        "1:00",
        "after 1.5 s",
        "after 4.0 s",
        "after 1:00",
        "This call may be recorded.",
        "Hello there.",
        "I want my money back.",
        "Rather good",
        "Ada Lovelace",
        call.twilio_sid,
        call.call_id,
        f"{CALLS}{other.pk}/change/",
        "Call again",
        f"/admin/webhooks/webhookevent/?q={call.twilio_sid}",
    ):
        assert str(words) in page, words
    assert page.index("Ringing</b>") < page.index("Answered</b>") < page.index("Ended</b>")


def test_it_is_also_found_by_the_sid() -> None:
    call = make_call()
    assert signed_in().get(f"{CALLS}{call.twilio_sid}/change/").status_code == 200


@pytest.mark.parametrize("key", [f"CA{'f' * 32}", "65b8f0c2a7e4d1b3c5f60718", "nonsense", "../x"])
def test_a_call_that_is_not_there_is_a_404(key: str) -> None:
    assert signed_in().get(f"{CALLS}{key}/change/").status_code == 404


def test_a_page_is_ten_commands_however_much_there_is() -> None:
    call = completed_call(user_external_id=str(make_user().pk))
    for _ in range(12):
        make_recording(call)
        make_call(user_external_id=call.user_external_id)
        add_note(call=call, author="ada", text="Called back.")
    for client in (signed_in(), signed_in(Role.SUPPORT)):
        with recorded_commands() as commands:
            page_of(call, client)
        assert len(commands) <= 10, str([next(iter(command.body.values())) for command in commands])


def test_user_text_is_escaped_everywhere() -> None:
    call = completed_call(
        user_external_id=HTML,
        script=HTML,
        consent=Consent(text=HTML, served_at=timezone.now()),
        error_message=HTML,
        error_code=99999,
    )
    make_recording(call, transcription=Transcription(sid="TR1", text=HTML, status=HTML[:16]))
    rate(call, 1, notes=HTML)
    add_note(call=call, author="ada", text=HTML)
    client = signed_in()
    pages = [page_of(call, client)]
    for path in (CALLS, "/admin/calls/recording/", "/admin/feedback/ratedcall/", "/admin/"):
        pages.append(text_of(client.get(path)))
    for page in pages:
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page
    assert "&lt;script&gt;alert" in pages[0]


def test_a_call_that_goes_on_is_followed_and_one_that_is_settled_is_not() -> None:
    client = signed_in()
    live = make_call(status="ringing")
    assert f'data-live="{CALLS}{live.pk}/live/"' in page_of(live, client)
    Call.objects.filter(pk=live.pk).update(status="completed", ended_at=timezone.now())
    part = client.get(f"{CALLS}{live.pk}/live/").content.decode()
    assert "Answered" in part
    assert "data-settled" not in part  # its recording is still to come
    make_recording(live, transcription=Transcription(sid="TR1", text="Hello", status="completed"))
    part = client.get(f"{CALLS}{live.pk}/live/").content.decode()
    assert "data-settled" in part
    assert "Hello" in part
    assert "data-live" not in page_of(make_call(status="busy"), client)
    assert "data-live" not in page_of(completed_call(), client)


def test_notes_are_added_and_kept_with_their_author() -> None:
    call = make_call()
    client = signed_in(Role.SUPPORT)
    for text in ("  First. ", "Second,\nlonger"):
        answer = client.post(f"{CALLS}{call.pk}/notes/", {"text": text}, follow=True)
        assert "The note is kept." in answer.content.decode()
    notes = Call.objects.get(pk=call.pk).staff_notes or []
    assert [(note.author, note.text) for note in notes] == [
        ("support", "First."),
        ("support", "Second,\nlonger"),
    ]
    assert (
        AuditEntry.objects.filter(action="noted", call_sid=call.twilio_sid, username="support").count() == 2
    )


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_an_empty_or_endless_note_is_refused(text: str) -> None:
    call = make_call()
    answer = signed_in().post(f"{CALLS}{call.pk}/notes/", {"text": text}, follow=True)
    assert "Write between 1 and 2000 characters." in answer.content.decode()
    assert not Call.objects.get(pk=call.pk).staff_notes


def test_numbers_are_masked_for_those_who_may_not_see_them() -> None:
    ada = Staff.objects.create_user("ada", password="x", is_staff=True)
    ada.user_permissions.set(
        Permission.objects.filter(
            codename__in=[
                *("view_call", "view_ratedcall", "view_user", "view_recording"),
                *("place_call", "export_call"),
            ]
        )
    )
    call = completed_call(
        user_external_id=str(make_user(phone_number="+14155550123").pk),
        error_code=99999,
        error_message="The 'To' number +14155550123 is odd.",
        script="Hello +14155550123.",
    )
    said = "Ring +14155550123."
    rate(call, 1, notes=said)
    add_note(call=call, author="sue", text=said)
    make_recording(call, transcription=Transcription(sid="TR1", text=said, status="completed"))
    client = Client()
    client.force_login(ada)
    paths = [
        CALLS,
        f"{CALLS}{call.pk}/change/",
        f"{CALLS}{call.pk}/do/call-again/",
        f"{CALLS}export/csv/",
        f"{CALLS}export/json/",
        "/admin/feedback/ratedcall/",
        "/admin/calls/recording/",
        f"/admin/calls/recording/numbers/?id={call.pk}",
        "/admin/users/user/",
        f"/admin/users/user/{call.user_external_id}/change/",
        "/admin/",
    ]
    for path in paths:
        page = text_of(client.get(path))
        assert "4155550123" not in page, path
        assert "+1415*****23" in page, path


@pytest.mark.django_db(transaction=True)
def test_listening_is_logged_once_and_honours_range(
    reachable_by_twilio: None, simulator: SimulatorProcess
) -> None:
    call = place_call(request=CallRequest(to="+14155550123", user_external_id="user-1"))
    simulator.drain()
    sid = call.recordings.get().twilio_sid
    client = signed_in(Role.SUPPORT)
    address = f"/admin/calls/recording/{sid}/audio"
    whole = client.get(address)
    assert whole.status_code == 200
    assert whole["Content-Type"].startswith("audio/")
    body = b"".join(whole.streaming_content)  # type: ignore[attr-defined]
    part = client.get(address, headers={"Range": "bytes=4-11"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == body[4:12]  # type: ignore[attr-defined]
    [entry] = AuditEntry.objects.filter(action="listened")
    assert (entry.username, entry.subject, entry.call_sid) == ("support", sid, call.twilio_sid)


def test_audio_that_is_not_there_is_a_404_and_not_logged(simulator: SimulatorProcess) -> None:
    client = signed_in()
    recording = make_recording(make_call())
    for sid in (recording.twilio_sid, f"RE{'f' * 32}", "x"):
        assert client.get(f"/admin/calls/recording/{sid}/audio").status_code == 404
    assert AuditEntry.objects.count() == 0


def test_a_recording_leads_to_its_call() -> None:
    recording = make_recording(make_call())
    answer = signed_in().get(f"/admin/calls/recording/{recording.pk}/change/")
    assert answer["Location"] == f"{CALLS}{recording.call.pk}/change/#{recording.twilio_sid}"


def test_who_may_see_numbers_sees_them_in_texts_as_well() -> None:
    call = completed_call(script="Hello +14155550123.")
    add_note(call=call, author="sue", text="Ring +14155550124.")
    page = page_of(call)
    assert "Hello +14155550123." in page
    assert "Ring +14155550124." in page


def test_a_call_that_twilio_refused_says_so_in_its_timeline() -> None:
    page = page_of(make_call(status="failed", twilio_sid=None, submission="rejected", error_code=21211))
    assert "<b>Failed</b>" in page
    assert "The call was not connected, so there is none." in page
