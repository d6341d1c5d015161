from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from calls.models import Call
from calls.tests.factories import make_call
from webhooks.models import WebhookEvent
from webhooks.tests.twilio_client import FORM, post, post_status, signature

pytestmark = pytest.mark.django_db

PATHS = [
    "/twilio/voice?call_id=1&recording=true",
    "/twilio/voice/ended?call_id=1",
    "/twilio/status?call_id=1",
    "/twilio/recording",
]


@pytest.mark.parametrize("path", PATHS)
def test_it_refuses_a_missing_signature(path: str) -> None:
    answer = Client().post(path, "CallSid=CA1", content_type=FORM)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert WebhookEvent.objects.count() == 0


@pytest.mark.parametrize("path", PATHS)
def test_it_refuses_a_wrong_signature(path: str) -> None:
    assert post(path, {"CallSid": "CA1"}, token="another").status_code == 403
    assert WebhookEvent.objects.count() == 0


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_refuses_other_methods(path: str, method: str) -> None:
    signed = signature(settings.BASE_URL + path, {})
    answer = Client().generic(method, path, HTTP_X_TWILIO_SIGNATURE=signed)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json()["error"] == "method_not_allowed"


@pytest.mark.parametrize("debug", [True, False])
def test_signatures_do_not_depend_on_debug(debug: bool, settings: pytest.FixtureRequest) -> None:
    settings.DEBUG = debug  # type: ignore[attr-defined]
    assert post("/twilio/status", {"CallSid": "CA1"}, token="another").status_code == 403


def test_json_is_refused_even_with_a_signature_of_the_url() -> None:
    url = f"{settings.BASE_URL}/twilio/status"
    answer = Client().post(
        "/twilio/status",
        {"CallSid": "CA1"},
        content_type="application/json",
        HTTP_X_TWILIO_SIGNATURE=signature(url, {}),
    )
    assert answer.status_code == 403


def test_csrf_is_not_asked_of_twilio() -> None:
    form = {"CallSid": "CA1", "CallStatus": "ringing"}
    answer = Client(enforce_csrf_checks=True).post(
        "/twilio/status",
        "CallSid=CA1&CallStatus=ringing",
        content_type=FORM,
        HTTP_X_TWILIO_SIGNATURE=signature(f"{settings.BASE_URL}/twilio/status", form),
    )
    assert answer.status_code == 200


def test_sixty_four_kilobytes_are_taken() -> None:
    call = make_call()
    form = {"CallSid": call.twilio_sid or "", "CallStatus": "ringing", "Filler": "x" * 64_000}
    assert post("/twilio/status", form).status_code == 200
    assert Call.objects.get(pk=call.pk).status == "ringing"


def test_names_that_the_database_would_misread_are_kept_and_harm_nothing() -> None:
    call = make_call()
    form = {
        "CallSid": call.twilio_sid or "",
        "CallStatus": "ringing",
        "$where": "1",
        "a.b": "2",
        "nul\0": "\0",
        "": "x",
    }
    assert post("/twilio/status", form).status_code == 200
    event = WebhookEvent.objects.get()
    assert event.outcome == "applied"
    assert len(event.payload) == len(form)


@pytest.mark.parametrize(("path", "status"), [("/twilio/status", 403), ("/twilio/nothing", 404)])
def test_what_stands_beside_the_middleware_for_browsers_is_answered_as_all_else(
    path: str, status: int
) -> None:
    answer: Any = Client().post(path, {})
    assert (answer.status_code, answer.json()["request_id"]) == (status, answer["X-Request-ID"])
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


def test_an_answer_says_how_long_it_is() -> None:
    answer = post_status(make_call().twilio_sid or "", "ringing")
    assert answer["Content-Length"] == str(len(answer.content))
