"""Each hot query is served by an index: the server explains the very commands that the ORM sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from atlas.mongodb.testing import has_index_in_order, plan_of, recorded_commands
from calls.filters import calls_matching
from calls.models import Call
from calls.reconcile import due_calls, incomplete
from calls.selectors import call_with_sid, recording_with_sid
from calls.services import RecordingReport, record_recording, serve_voice
from calls.tests.factories import make_call, make_recording
from feedback.models import RatedCall
from users.models import User
from users.services import authenticate_api_key
from webhooks.drainer import UnmatchedDeliveries
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db


def listed(**query: Any) -> Callable[[Call], Any]:
    return lambda _: calls_matching({"ordering": "-created_at"} | query).skip(0, most=10)


HOT_QUERIES: dict[str, Callable[[Call], Any]] = {
    "call by sid": lambda call: call_with_sid(call.twilio_sid or ""),
    "call by call_id": lambda call: Call.objects.get(call_id=call.call_id),
    "calls newest first": listed(),
    "calls by status newest first": listed(status="completed"),
    "calls by user newest first": listed(user_external_id="user-1"),
    "calls by number newest first": listed(to_number="+14155550123"),
    "count by status": lambda _: Call.objects.filter(status="completed").count(),
    "recording by sid": lambda call: recording_with_sid(call.recordings.get().twilio_sid),
    "recordings of a call": lambda call: call.recordings_in_order,
    "rated calls, worst first": lambda _: list(RatedCall.rated.all()[:10]),
    "voice webhook": lambda call: serve_voice(
        call_id=call.call_id, call_sid=call.twilio_sid or "", consent="May we?", at=timezone.now()
    ),
    "recording webhook": lambda call: record_recording(
        call_sid=call.twilio_sid or "",
        report=RecordingReport("RE1", "completed", url="https://example.com"),
        at=timezone.now(),
    ),
    "calls to sync": lambda _: due_calls(older_than=timedelta(), limit=10),
    "recordings of calls to sync": lambda call: incomplete([call]),
    "user by e-mail": lambda _: list(User.objects.filter(email="ada@example.com").order_by()),
    "key by prefix": lambda _: authenticate_api_key(plain_text="atlas_abc_secret"),
    "session by key": lambda _: Session.objects.filter(session_key="abc").first(),
    "unmatched deliveries": lambda _: UnmatchedDeliveries().retry(),
    "delivery by key": lambda _: list(WebhookEvent.objects.filter(delivery_key="abc").order_by()),
}


@pytest.mark.parametrize("query", HOT_QUERIES)
def test_an_index_serves(query: str) -> None:
    calls = [make_call(status="completed") for _ in range(3)]
    make_recording(calls[0])
    with recorded_commands() as commands:
        HOT_QUERIES[query](calls[0])
    assert commands
    for command in commands:
        plan = plan_of(command)
        assert "IXSCAN" in plan, (command, plan)
        assert "COLLSCAN" not in plan, (command, plan)
        assert "SORT" not in plan or has_index_in_order(command), (command, plan)
