from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from django.test import override_settings

from atlas.mongodb.testing import recorded_commands
from calls.models import Call
from calls.tests.factories import call_sid, make_call
from webhooks.models import WebhookEvent
from webhooks.tests.twilio_client import post

pytestmark = pytest.mark.django_db


def ask(call: Call, *, recording: bool = True) -> HttpResponse:
    path = f"/twilio/voice?call_id={call.call_id}&recording={str(recording).lower()}"
    return post(
        path, {"CallSid": call.twilio_sid or "", "CallStatus": "in-progress", "Direction": "outbound-api"}
    )


def verbs(answer: HttpResponse) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(answer.content)]


def test_a_recorded_call_hears_the_consent_first_and_the_evidence_is_kept() -> None:
    call = make_call(script="Hello from Atlas.")
    answer = ask(call)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    consent, script, record, _ = ElementTree.fromstring(answer.content)
    assert (consent.text or "").startswith("This call may be recorded for quality assurance")
    assert script.text == "Hello from Atlas."
    assert record.get("action") == f"https://atlas.example.com/twilio/voice/ended?call_id={call.call_id}"
    kept = Call.objects.get(pk=call.pk).consent
    assert kept
    assert kept.text == consent.text
    assert kept.served_at >= call.created_at


def test_the_evidence_is_of_the_first_time_and_the_text_is_what_was_served_then() -> None:
    call = make_call()
    ask(call)
    first = Call.objects.get(pk=call.pk).consent
    with override_settings(CONSENT_MESSAGE="Something else."):
        answer = ask(call)
    again = Call.objects.get(pk=call.pk).consent
    assert first
    assert again
    assert (again.text, again.served_at) == (first.text, first.served_at)
    assert ElementTree.fromstring(answer.content)[0].text == first.text


def test_without_recording_there_is_no_consent_text() -> None:
    call = make_call(recording_enabled=False)
    assert verbs(ask(call, recording=False)) == ["Say", "Hangup"]
    assert Call.objects.get(pk=call.pk).consent is None


def test_a_call_without_a_script_hears_the_default_message() -> None:
    answer = ask(make_call(), recording=False)
    assert "Hello" in (ElementTree.fromstring(answer.content)[0].text or "")


def test_an_unknown_call_hears_the_consent_and_the_default_message_and_is_not_recorded() -> None:
    answer = post("/twilio/voice?call_id=unknown&recording=true", {"CallSid": call_sid()})
    assert verbs(answer) == ["Say", "Say", "Hangup"]
    assert WebhookEvent.objects.get().outcome == "unmatched"


def test_a_delivery_without_a_call_sid_still_gets_valid_twiml() -> None:
    assert verbs(post("/twilio/voice?recording=true", {"CallStatus": "ringing"})) == ["Say", "Say", "Hangup"]
    assert WebhookEvent.objects.get().outcome == "failed"


def test_the_end_of_the_recording_hangs_up() -> None:
    call = make_call()
    answer = post(
        f"/twilio/voice/ended?call_id={call.call_id}", {"CallSid": call.twilio_sid or "", "Digits": "hangup"}
    )
    assert verbs(answer) == ["Hangup"]


def test_twiml_costs_three_commands() -> None:
    call = make_call()
    with recorded_commands() as commands:
        ask(call)
    assert [command.name for command in commands] == ["find", "update", "update"]
