"""What Twilio would never send, some of it with a right signature."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from calls.models import Call, Recording
from calls.tests.factories import make_call, recording_sid
from webhooks.models import WebhookEvent
from webhooks.tests.twilio_client import FORM, post, post_recording, post_status, signature

pytestmark = pytest.mark.django_db

PATHS = [
    "/twilio/voice?call_id=1&recording=true",
    "/twilio/voice/ended?call_id=1",
    "/twilio/status?call_id=1",
    "/twilio/recording",
]
MARK = "<b>mark-of-the-input</b>"


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_more_than_256_kilobytes_is_refused(path: str) -> None:
    answer: Any = post(path, {"CallSid": "CA1", "Filler": "x" * 256 * 1024})

    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert WebhookEvent.objects.count() == 0


def test_a_declared_length_is_believed_before_anything_is_read() -> None:
    answer = Client().generic("POST", "/twilio/status", b"", content_type=FORM, CONTENT_LENGTH=str(10**9))

    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["", "-1", "abc", "1e9", "٣"])
def test_a_length_that_is_none_harms_nothing(length: str) -> None:
    answer = Client().generic("POST", "/twilio/status", b"a=b", content_type=FORM, CONTENT_LENGTH=length)

    assert answer.status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_more_than_a_thousand_parameters_are_refused(path: str) -> None:
    form = {f"Parameter{number}": "x" for number in range(1001)}

    answer: Any = post(path, form)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_input")
    assert WebhookEvent.objects.count() == 0


def test_the_same_parameter_twice_counts_as_its_last_and_is_signed_with_both() -> None:
    call = make_call()
    body = f"CallSid={call.twilio_sid}&CallStatus=busy&CallStatus=ringing"
    text = f"{settings.BASE_URL}/twilio/statusCallSid{call.twilio_sid}CallStatusbusyCallStatusringing"

    answer = Client().post(
        "/twilio/status", body, content_type=FORM, HTTP_X_TWILIO_SIGNATURE=signature(text, {})
    )

    assert answer.status_code == 200
    assert Call.objects.get(pk=call.pk).status == "ringing"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://api.twilio.com.example.net/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://api.twilio.com/x",
    ],
)
def test_an_address_that_is_not_twilios_is_not_kept_with_the_recording(url: str) -> None:
    call, sid = make_call(), recording_sid()

    assert post_recording(call.twilio_sid or "", sid, RecordingUrl=url).status_code == 200

    assert Recording.objects.get(twilio_sid=sid).status == "completed"
    assert Recording.objects.get(twilio_sid=sid).recording_url is None
    assert Call.objects.get(pk=call.pk).recording_url is None


@pytest.mark.parametrize(
    "sid", ["RE1", "../../Calls", "RE" + "0" * 33, "RE" + "g" * 32, "RE" + "0" * 31 + "\n"]
)
def test_what_is_no_sid_becomes_no_recording(sid: str) -> None:
    call = make_call()

    assert post_recording(call.twilio_sid or "", sid).status_code == 200

    assert Recording.objects.count() == 0
    assert WebhookEvent.objects.get().outcome == "failed"


def answers() -> list[Any]:
    call = make_call()
    sid = call.twilio_sid or ""
    return [
        post("/twilio/status", {"CallSid": MARK, "CallStatus": MARK, MARK: MARK}),
        post("/twilio/status", {"CallSid": MARK}, token="another"),
        post_status(sid, MARK, Timestamp=MARK, SequenceNumber=MARK, CallDuration=MARK),
        post_status(sid, "ringing", call_id="mark-of-the-input"),
        post(
            f"/twilio/voice?call_id={call.call_id}&recording=true", {"CallSid": sid, "From": MARK, "To": MARK}
        ),
        post("/twilio/voice?call_id=mark-of-the-input&recording=mark-of-the-input", {"CallSid": MARK}),
        post("/twilio/voice/ended?call_id=mark-of-the-input", {"CallSid": sid, "RecordingUrl": MARK}),
        post_recording(sid, recording_sid(), MARK, RecordingUrl=MARK, RecordingSource=MARK),
        post_recording(MARK, MARK, MARK),
        Client().generic("MARK-OF-THE-INPUT", "/twilio/status?mark-of-the-input"),
        Client().post("/twilio/status", MARK, content_type="application/mark-of-the-input"),
    ]


def test_no_answer_repeats_what_was_sent() -> None:
    for answer in answers():
        assert b"mark-of-the-input" not in answer.content.lower()
        assert "mark-of-the-input" not in str(answer.headers).lower()
        assert answer.status_code in (200, 403, 405)
