"""What people write is text in every page of the admin, whatever it looks like."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from atlas.tests.desk import signed_in
from calls.lifecycle import Outcome
from calls.models import Call, StatusChange, Transcription
from calls.tests.factories import make_call, make_recording
from feedback.models import SCORES, Feedback
from users.models import ApiKey, User
from users.services import create_api_key
from webhooks.models import Kind, WebhookEvent

pytestmark = pytest.mark.django_db

MARK = "<script>alert('mark')</script><img src=x onerror=alert(1)>\"'{{7*7}}{% now 'Y' %}"
ESCAPED = "&lt;script&gt;alert(&#x27;mark&#x27;)"


@pytest.fixture
def marked() -> None:
    now = timezone.now()
    User.objects.create(name=MARK, email=MARK, phone_number=MARK[:16], created_at=now)
    rating = Feedback(**dict.fromkeys(SCORES, 1), notes=MARK, feedback_provided_at=now)
    change = StatusChange(status="completed", at=now, received_at=now, source=MARK)
    call = make_call(
        user_external_id=MARK,
        to_number=MARK,
        from_number=MARK,
        direction=MARK,
        script=MARK,
        error_message=MARK,
        recording_url=f"javascript:{MARK}",
        feedback=rating,
        status="completed",
        status_history=[change],
    )
    make_recording(
        call,
        source=MARK,
        recording_url=f"javascript:{MARK}",
        transcription=Transcription(sid=MARK, text=MARK, status=MARK),
    )
    WebhookEvent.objects.create(
        kind=Kind.STATUS,
        delivery_key=MARK,
        call_id=MARK,
        call_sid=call.twilio_sid,
        query={MARK: MARK},
        payload={MARK: MARK},
        outcome=Outcome.FAILED,
        error=MARK,
        received_at=now,
    )
    create_api_key(name=MARK, scopes=["calls:read"])


def pages() -> Iterator[str]:
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        for found in model._default_manager.all()[:3]:
            yield reverse(f"{name}_change", args=[found.pk])
            yield reverse(f"{name}_history", args=[found.pk])


def content(client: Client, path: str, **query: str) -> str:
    answer: Any = client.get(path, query, follow=True)
    assert answer.status_code in (200, 400, 404), path
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


@pytest.mark.usefixtures("marked")
def test_no_page_runs_what_somebody_wrote() -> None:
    client = signed_in()
    found = ""
    for path in pages():
        page = content(client, path)
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert 'href="javascript:' not in page, path
        found += page
    assert ESCAPED in found
    assert found.count("{{7*7}}") > 5, "the texts are shown as they are"


@pytest.mark.usefixtures("marked")
def test_what_is_searched_and_filtered_for_is_shown_as_text() -> None:
    client = signed_in()
    for model in (Call, User, WebhookEvent, ApiKey):
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for query in ({"q": MARK}, {"status": MARK}, {"o": MARK}, {"p": MARK}, {MARK: MARK}, {"e": MARK}):
            page = content(client, path, **query)
            assert "<script>alert" not in page, (path, query)
            assert "<img src=x" not in page, (path, query)
