from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client

from calls.models import Call
from calls.tests.factories import make_call, recording_sid
from webhooks.journal import journal, waiting
from webhooks.models import Kind, WebhookEvent
from webhooks.tests.database_proxy import DatabaseProxy, Fault
from webhooks.tests.snapshot import whole_database
from webhooks.tests.twilio_client import post, post_recording, post_status, post_transcription

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings as SettingsWrapper

pytestmark = pytest.mark.django_db


def replay(*arguments: str) -> str:
    output = StringIO()
    call_command("replay_webhooks", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def a_busy_day() -> None:
    """Whole calls, with what comes late, twice, for nobody, and in no shape that Twilio would send."""
    for number in range(3):
        call, recording = make_call(), recording_sid()
        sid, url = call.twilio_sid or "", f"https://x/{recording}"
        post(f"/twilio/voice?call_id={call.call_id}&recording=true", {"CallSid": sid})
        for status in ("initiated", "in-progress", "ringing", "ringing"):
            post_status(sid, status, call_id=call.call_id)
        post_transcription(sid, recording, "$Hello.")
        post_recording(sid, recording, RecordingUrl=url, RecordingDuration="9")
        post_status(sid, ["completed", "busy", "canceled"][number], call_id=call.call_id, CallDuration="7")
        post_status(sid, "failed", CallDuration="1")
        post(f"/twilio/voice/ended?call_id={call.call_id}", {"CallSid": sid})
    post_status("CA0", "ringing")
    post_recording("CA0", recording_sid())
    post_status("CA0", "asleep")


def test_applying_everything_again_changes_nothing() -> None:
    a_busy_day()
    before = whole_database()
    assert "failed" in replay("--outcome", "all", "--days", "7")
    assert whole_database() == before


def test_what_failed_keeps_its_error_until_it_can_be_applied() -> None:
    call = make_call()
    post_status(call.twilio_sid or "", "asleep")
    assert "1 failed" in replay()
    WebhookEvent.objects.update(payload={"CallSid": call.twilio_sid, "CallStatus": "ringing"})
    assert "1 applied" in replay("--call-sid", call.twilio_sid or "")
    event = WebhookEvent.objects.get()
    assert (event.outcome, event.error, event.deliveries) == ("applied", None, 1)
    assert event.applied_at
    assert Call.objects.get(pk=call.pk).status == "ringing"


def test_it_empties_the_journal_first(proxy: DatabaseProxy) -> None:
    call = make_call()
    proxy.fault = Fault.READ_ONLY
    post_status(call.twilio_sid or "", "ringing")
    with pytest.raises(CommandError, match="1 deliveries wait"):
        replay()
    proxy.fault = Fault.NONE
    journal().set_aside(journal().oldest(1)[0], "for whatever reason")
    assert "1 deliveries that waited" in replay()
    assert (waiting(), Call.objects.get(pk=call.pk).status) == (0, "ringing")


def test_the_admin_shows_what_failed_and_applies_it_again(client: Client) -> None:
    client.force_login(get_user_model()._default_manager.create_superuser("ann", password="x"))  # type: ignore[attr-defined]
    call = make_call()
    post_status(call.twilio_sid or "", "asleep")
    page = client.get("/admin/webhooks/webhookevent/?outcome__exact=failed")
    assert b"MalformedDelivery" in page.content
    event = WebhookEvent.objects.get()
    WebhookEvent.objects.update(payload={"CallSid": call.twilio_sid, "CallStatus": "ringing"})
    form = {"action": "apply_again", "_selected_action": str(event.pk), "confirmed": "yes"}
    client.post("/admin/webhooks/webhookevent/", form)
    assert WebhookEvent.objects.get().outcome == "applied"
    assert client.get(f"/admin/webhooks/webhookevent/{event.pk}/change/").status_code == 200
    assert event.kind == Kind.STATUS


def test_only_staff_who_may_replay_see_the_action(client: Client) -> None:
    staff = get_user_model()._default_manager.create_user("bob", password="x", is_staff=True)  # type: ignore[attr-defined]
    client.force_login(staff)
    post_status("CA0", "asleep")
    form = {"action": "apply_again", "_selected_action": str(WebhookEvent.objects.get().pk)}
    assert client.post("/admin/webhooks/webhookevent/", form).status_code == 403


def test_a_text_that_was_served_before_its_call_was_known_is_kept_as_it_was(
    settings: SettingsWrapper,
) -> None:
    settings.CONSENT_MESSAGE = "May we record this?"
    call = make_call(call_id="0b8d4dd5-5b1f-4d9a-9c4b-0d1f5f1d2c3a", twilio_sid=None)
    path = f"/twilio/voice?call_id={call.call_id}&recording=true"
    Call.objects.filter(pk=call.pk).delete()
    post(path, {"CallSid": "CA7"})
    settings.CONSENT_MESSAGE = "Another text."
    call.save(force_insert=True)
    replay()
    after = Call.objects.get(pk=call.pk)
    assert after.consent
    assert after.consent.text == "May we record this?"
