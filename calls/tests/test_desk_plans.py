"""What the desk's lists and first page ask for is served by indexes, in the order that is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from atlas.admin.paginator import FrugalPaginator
from atlas.mongodb.testing import has_index_in_order, plan_of, recorded_commands
from atlas.tests.desk import signed_in
from calls.models import Transcription
from calls.tests.factories import make_call, make_recording
from feedback.tests.factories import rate
from users.models import User
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db

LISTS = [
    "calls/call/",
    "calls/call/?outcome=answered",
    "calls/call/?recorded=yes",
    "calls/call/?worst=2",
    "calls/call/?period=today",
    "calls/recording/",
    "calls/recording/?state=completed",
    "calls/recording/?transcript=failed",
    "feedback/ratedcall/",
    "feedback/ratedcall/?overall_satisfaction=2",
    "feedback/ratedcall/?call_quality=2",
    "feedback/ratedcall/?resolution=2",
    "users/user/",
    "webhooks/webhookevent/",
    "webhooks/webhookevent/?outcome=failed",
]
# A range of one field and the order of another: MongoDB chooses between two indexes.
IN_MEMORY = {"calls/call/?worst=2"}


def seed() -> None:
    for number in range(3):
        call = make_call(status="completed", created_at=timezone.now() - timedelta(minutes=number))
        rate(call, 2)
        make_recording(call, transcription=Transcription(sid="TR1", text=None, status="failed"))
        User.objects.create(name="Ada", email=f"ada{number}@example.com", phone_number="+14155550123")
        WebhookEvent.objects.create(
            kind="status", delivery_key=str(number), outcome="failed", received_at=timezone.now()
        )


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_read_in_the_order_of_an_index(path: str) -> None:
    seed()
    client = signed_in()
    with recorded_commands() as commands:
        assert client.get(f"/admin/{path}").status_code == 200
    model = client.get(f"/admin/{path}").context["cl"].model
    finds = [command for command in commands if command.body.get("find") == model._meta.db_table]
    assert len(finds) == 1
    for find in finds:
        assert find.body["limit"] <= FrugalPaginator.PAGED
        assert "COLLSCAN" not in plan_of(find) or not find.body["filter"], find
        assert path in IN_MEMORY or has_index_in_order(find), find


def test_what_needs_attention_is_counted_by_indexes_and_not_too_far() -> None:
    seed()
    with recorded_commands() as commands:
        signed_in().get("/admin/")
    counted = [
        (command, command.body["pipeline"][0]["$match"])
        for command in commands
        if command.name == "aggregate" and {"$limit": 1000} in command.body["pipeline"]
    ]
    assert len(counted) == 3
    for command, match in counted:
        # The embedded server's planner uses no index for one of several values and a range.
        if not isinstance(match.get("status"), dict):
            assert "COLLSCAN" not in plan_of(command), command
