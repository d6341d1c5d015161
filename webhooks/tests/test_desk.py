"""Deliveries at the desk."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from atlas.mongodb.testing import plan_of, recorded_commands
from atlas.tests.desk import signed_in, text_of
from calls.models import Call
from calls.tests.factories import make_call
from users.models import AuditEntry, Staff
from users.roles import Role
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db

DELIVERIES = "/admin/webhooks/webhookevent/"
HTML = "<script>alert(1)</script>"


def make_event(
    call_sid: str, status: str = "busy", outcome: str = "unmatched", **payload: str
) -> WebhookEvent:
    return WebhookEvent.objects.create(
        kind="status",
        call_sid=call_sid,
        delivery_key=f"{call_sid}{status}",
        outcome=outcome,
        error=HTML,
        payload={"CallSid": call_sid, "CallStatus": status, **payload},
        received_at=timezone.now(),
    )


def test_a_delivery_shows_what_twilio_sent_and_what_became_of_it() -> None:
    event = make_event(make_call().twilio_sid or "", To="+14155550123", CalledCity=HTML)
    page = text_of(signed_in().get(f"{DELIVERIES}{event.pk}/change/"))
    assert "No call of ours fits it." in page
    assert "+14155550123" in page
    assert "CalledCity" in page
    assert page.count("&lt;script&gt;alert(1)") == 2
    assert HTML not in page


def test_numbers_in_a_delivery_are_masked_for_those_who_may_not_see_them() -> None:
    client = Client()
    viewer = Staff.objects.create_user("ada", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_webhookevent"))
    client.force_login(viewer)
    event = make_event("CA" + "a" * 32, To="+14155550123")
    WebhookEvent.objects.filter(pk=event.pk).update(error="Odd: +14155550123")
    for path in (DELIVERIES, f"{DELIVERIES}{event.pk}/change/"):
        page = text_of(client.get(path))
        assert "4155550123" not in page
        assert "+1415*****23" in page


def test_deliveries_of_a_call_are_found() -> None:
    call_sid = "CA" + "a" * 32
    event = make_event(call_sid)
    make_event("CA" + "b" * 32)
    found = signed_in().get(DELIVERIES, {"q": call_sid}).context["cl"].result_list
    assert [each.pk for each in found] == [event.pk]


def test_one_is_applied_again_after_asking() -> None:
    call = make_call(status="ringing")
    event = make_event(call.twilio_sid or "")
    client = signed_in(Role.SUPERVISOR)
    address = f"{DELIVERIES}{event.pk}/replay/"
    assert "Apply 1 delivery again?" in text_of(client.get(address))
    assert Call.objects.get(pk=call.pk).status == "ringing"
    assert "applied. It changed what we know" in text_of(client.post(address, follow=True))
    assert Call.objects.get(pk=call.pk).status == "busy"
    assert AuditEntry.objects.get().action == "replayed"


def test_many_are_applied_again_after_asking() -> None:
    call = make_call()
    events = [make_event(call.twilio_sid or "", status) for status in ("ringing", "busy")]
    form = {"action": "apply_again", "_selected_action": [str(event.pk) for event in events], "index": "0"}
    client = signed_in()
    assert "Apply 2 deliveries again?" in text_of(client.post(DELIVERIES, form))
    client.post(DELIVERIES, {**form, "confirmed": "yes"})
    assert set(WebhookEvent.objects.values_list("outcome", flat=True)) == {"applied"}
    assert Call.objects.get(pk=call.pk).status == "busy"


def test_deliveries_are_found_by_the_id_of_their_call_through_an_index() -> None:
    call = make_call()
    ours, other = make_event(call.twilio_sid or ""), make_event("CA" + "f" * 32)
    unknown = "5d1c0a4e-0000-4000-8000-000000000001"
    WebhookEvent.objects.filter(pk=other.pk).update(call_id=unknown)
    client = signed_in()
    for call_id, expected in ((call.call_id, ours), (unknown, other)):
        with recorded_commands() as commands:
            found = client.get(DELIVERIES, {"q": call_id}).context["cl"].result_list
        assert [event.pk for event in found] == [expected.pk]
        [find] = [command for command in commands if command.body.get("find") == "webhook_events"]
        # The embedded server's planner leaves an index alone that knows but one of two fields.
        assert "IXSCAN" in plan_of(find) or find.body["filter"]["outcome"] == "unmatched", find
