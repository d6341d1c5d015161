"""Every page and action of the desk, opened as each role; an address without a row fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from atlas.mongodb.testing import recorded_commands
from atlas.tests.desk import signed_in
from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call
from calls.tests.factories import make_call, make_recording
from feedback.tests.factories import rate
from users.models import AuditEntry, Staff
from users.roles import Role
from users.services import create_api_key, record_audit
from users.tests.factories import make_user
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db

NOBODY, SUPPORT, SUPERVISOR, ADMINISTRATOR, ROOT = range(5)
ROLES = (None, Role.SUPPORT, Role.SUPERVISOR, Role.ADMINISTRATOR, "root")
SEEN, MOVED = 200, 302

# Address: from which role on it opens, and with what. NOBODY is staff without a role; None is closed to all.
PAGES: dict[str, tuple[int | None, int]] = {
    "index": (NOBODY, SEEN),
    "password_change": (NOBODY, SEEN),
    "calls_call_changelist": (SUPPORT, SEEN),
    "calls_call_change": (SUPPORT, SEEN),
    "calls_call_live": (SUPPORT, SEEN),
    "calls_call_notes": (SUPPORT, MOVED),
    "calls_call_export": (SUPERVISOR, SEEN),
    "calls_call_act/call-again": (SUPERVISOR, SEEN),
    "calls_call_act/hang-up": (SUPERVISOR, SEEN),
    "calls_call_act/sync": (SUPERVISOR, SEEN),
    "calls_call_history": (SUPPORT, SEEN),
    "calls_call_add": (None, SEEN),
    "calls_call_delete": (None, SEEN),
    "calls_recording_changelist": (SUPPORT, SEEN),
    "calls_recording_change": (SUPPORT, MOVED),
    "calls_recording_audio": (SUPPORT, 404),  # Twilio does not know this one
    "calls_recording_numbers": (SUPPORT, SEEN),
    "calls_recording_history": (SUPPORT, SEEN),
    "calls_recording_add": (None, SEEN),
    "calls_recording_delete": (None, SEEN),
    "feedback_ratedcall_changelist": (SUPPORT, SEEN),
    "feedback_ratedcall_change": (SUPPORT, MOVED),
    "feedback_ratedcall_summary": (SUPPORT, SEEN),
    "feedback_ratedcall_history": (SUPPORT, SEEN),
    "feedback_ratedcall_add": (None, SEEN),
    "feedback_ratedcall_delete": (None, SEEN),
    "users_user_changelist": (SUPPORT, SEEN),
    "users_user_change": (SUPPORT, SEEN),
    "users_user_names": (SUPPORT, SEEN),
    "users_user_history": (SUPPORT, SEEN),
    "users_user_add": (None, SEEN),
    "users_user_delete": (None, SEEN),
    "webhooks_webhookevent_changelist": (SUPPORT, SEEN),
    "webhooks_webhookevent_change": (SUPPORT, SEEN),
    "webhooks_webhookevent_replay": (SUPERVISOR, SEEN),
    "webhooks_webhookevent_history": (SUPPORT, SEEN),
    "webhooks_webhookevent_add": (None, SEEN),
    "webhooks_webhookevent_delete": (None, SEEN),
    "users_auditentry_changelist": (ADMINISTRATOR, SEEN),
    "users_auditentry_change": (ADMINISTRATOR, SEEN),
    "users_auditentry_history": (ADMINISTRATOR, SEEN),
    "users_auditentry_add": (None, SEEN),
    "users_auditentry_delete": (None, SEEN),
    "users_apikey_changelist": (ADMINISTRATOR, SEEN),
    "users_apikey_change": (ADMINISTRATOR, SEEN),
    "users_apikey_history": (ADMINISTRATOR, SEEN),
    "users_apikey_add": (ADMINISTRATOR, SEEN),
    "users_apikey_delete": (None, SEEN),
    "users_staff_changelist": (ADMINISTRATOR, SEEN),
    "users_staff_change": (ADMINISTRATOR, SEEN),
    "users_staff_add": (ADMINISTRATOR, SEEN),
    "users_staff_delete": (ADMINISTRATOR, SEEN),
    "users_staff_history": (ADMINISTRATOR, SEEN),
    "auth_user_password_change": (ADMINISTRATOR, SEEN),
    "auth_group_changelist": (ADMINISTRATOR, SEEN),
    "auth_group_change": (ADMINISTRATOR, SEEN),
    "auth_group_add": (ADMINISTRATOR, SEEN),
    "auth_group_delete": (ADMINISTRATOR, SEEN),
    "auth_group_history": (ADMINISTRATOR, SEEN),
}
# Django's own, for everybody or for no page of ours.
ELSEWHERE = {
    "search",
    "login",
    "logout",
    "password_change_done",
    "autocomplete",
    "jsi18n",
    "view_on_site",
    "app_list",
    None,
}


@pytest.fixture
def things() -> dict[str, Any]:
    call = make_call(status="ringing")
    rated = make_call(status="completed", user_external_id=str(make_user().pk))
    rate(rated, 2)
    event = WebhookEvent.objects.create(
        kind="status",
        call_sid=call.twilio_sid,
        delivery_key="1",
        outcome="unmatched",
        received_at=timezone.now(),
        payload={"CallSid": call.twilio_sid, "CallStatus": "busy"},
    )
    key, _ = create_api_key(name="Billing", scopes=["calls:read"])
    staff = Staff.objects.create_user("grace", password="x", is_staff=True)
    record_audit(staff=staff, action=AuditEntry.Action.LISTENED, subject="RE1")
    return {
        "calls_call": call,
        "calls_recording": make_recording(rated),
        "feedback_ratedcall": rated,
        "users_user": make_user(),
        "webhooks_webhookevent": event,
        "users_apikey": key,
        "users_staff": staff,
        "auth_user": staff,
        "auth_group": Group.objects.get(name=Role.SUPPORT),
        "users_auditentry": AuditEntry.objects.get(),
    }


@pytest.fixture
def clients(simulator: SimulatorProcess) -> list[Client]:
    nobody = Client()
    nobody.force_login(Staff.objects.create_user("nobody", password="x", is_staff=True))
    return [nobody, *(signed_in(role) for role in Role), signed_in()]


def address(row: str, things: dict[str, Any]) -> str:
    name, _, last = row.partition("/")
    model, _, page = name.rpartition("_")
    if name == "calls_call_export":
        return reverse("admin:calls_call_export", args=["csv"])
    if name == "calls_recording_audio":
        return reverse("admin:calls_recording_audio", args=[things[model].twilio_sid])
    if name == "auth_user_password_change":
        return reverse(f"admin:{name}", args=[things["auth_user"].pk])
    if page in ("changelist", "add", "summary", "names", "numbers") or model not in things:
        return reverse(f"admin:{name}")
    return reverse(f"admin:{name}", args=[things[model].pk, *([last] if last else [])])


def test_every_address_has_a_row() -> None:
    def names() -> Iterator[str | None]:
        def walk(patterns: Any) -> Iterator[str | None]:
            for each in patterns:
                yield from walk(each.url_patterns) if hasattr(each, "url_patterns") else [each.name]

        return walk(admin.site.urls[0])

    assert set(names()) - ELSEWHERE == {row.partition("/")[0] for row in PAGES}


def test_each_page_opens_for_its_roles_alone_and_within_its_commands(
    things: dict[str, Any], clients: list[Client]
) -> None:
    assert [Client().get(address(row, things)).status_code for row in PAGES] == [302] * len(PAGES)
    wrong = []
    for role, client in enumerate(clients):
        client.get("/admin/password_change/")
        for row, (first, expected) in PAGES.items():
            with recorded_commands() as commands:
                answer = client.get(address(row, things))
                _ = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            should = expected if first is not None and role >= first else 403
            most = 4 if row.endswith("_changelist") else 10
            if answer.status_code != should or len(commands) > most:
                wrong.append((ROLES[role], row, answer.status_code, should, len(commands)))
    assert wrong == []


def test_the_menu_has_what_one_may_open(clients: list[Client]) -> None:
    for role, client in enumerate(clients):
        page = client.get("/admin/").content.decode()
        for row, (first, _) in PAGES.items():
            if row.endswith("_changelist") and row != "index":
                offered = f'href="{reverse(f"admin:{row}")}"' in page
                assert offered == (first is not None and role >= first), (ROLES[role], row)


@pytest.mark.parametrize("name", ["call-again", "hang-up", "sync"])
def test_support_can_do_nothing_that_costs_money(
    things: dict[str, Any], simulator: SimulatorProcess, name: str
) -> None:
    client = signed_in(Role.SUPPORT)
    call = things["calls_call"]
    assert client.post(reverse("admin:calls_call_act", args=[call.pk, name]), {"key": "1"}).status_code == 403
    assert (
        f"/do/{name}/" not in client.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()
    )
    form = {"action": f"{name.replace('-', '_')}_all", "_selected_action": [str(call.pk)], "confirmed": "yes"}
    client.post(reverse("admin:calls_call_changelist"), form)
    assert simulator.calls() == []
    assert AuditEntry.objects.count() == 1


def test_support_is_offered_neither_export_nor_replay(things: dict[str, Any]) -> None:
    client = signed_in(Role.SUPPORT)
    assert "/export/" not in client.get(reverse("admin:calls_call_changelist")).content.decode()
    event = things["webhooks_webhookevent"]
    assert (
        "/replay/"
        not in client.get(reverse("admin:webhooks_webhookevent_change", args=[event.pk])).content.decode()
    )
    replay = reverse("admin:webhooks_webhookevent_replay", args=[event.pk])
    assert client.post(replay).status_code == 403
    assert WebhookEvent.objects.get(pk=event.pk).outcome == "unmatched"


def test_a_note_is_for_those_who_may_write_one(things: dict[str, Any], clients: list[Client]) -> None:
    call = things["calls_call"]
    notes = reverse("admin:calls_call_notes", args=[call.pk])
    assert [client.post(notes, {"text": "x"}).status_code for client in clients] == [403, 302, 302, 302, 302]
    assert len(Call.objects.get(pk=call.pk).staff_notes or []) == 4


def test_the_audit_log_is_read_and_never_changed(things: dict[str, Any], clients: list[Client]) -> None:
    entry = things["users_auditentry"]
    for client in clients:
        for page in ("change", "delete"):
            client.post(
                reverse(f"admin:users_auditentry_{page}", args=[entry.pk]), {"post": "yes", "username": "x"}
            )
    assert AuditEntry.objects.get(pk=entry.pk).username == "grace"


def test_an_administrator_revokes_a_key_and_never_sees_its_secret(things: dict[str, Any]) -> None:
    client, key = signed_in(Role.ADMINISTRATOR), things["users_apikey"]
    keys = reverse("admin:users_apikey_changelist")
    form = {"action": "revoke", "_selected_action": [str(key.pk)], "index": "0"}
    question = client.post(keys, form).content.decode()
    assert "Revoke 1 key?" in question
    answer = client.post(keys, {**form, "confirmed": "yes"}, follow=True).content.decode()
    assert "opens nothing any more" in answer
    assert key.hashed_secret not in question + answer
    key.refresh_from_db()
    assert key.revoked_at
    assert AuditEntry.objects.filter(
        action="revoked-key", username="administrator", subject=key.prefix
    ).exists()
