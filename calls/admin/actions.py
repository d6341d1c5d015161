"""What the staff can do with a call; each asks first, goes through the services, and is in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from atlas.admin.presentation import shown_number
from atlas.admin.readonly import require
from atlas.errors import AtlasError
from calls import reconcile, services
from calls.admin.lookup import found_call
from calls.admin.presentation import outcome_badge
from calls.admission import Caller
from calls.models import Call
from calls.reasons import outcome_label
from calls.services import CallRequest
from users.models import AuditEntry
from users.services import record_audit


@dataclass(frozen=True)
class CallAction:
    """`run` takes the call, who acts, and a key that is the same when a form is sent twice."""

    name: str
    label: str
    icon: str
    permission: str
    audit: AuditEntry.Action
    question: str
    run: Callable[[Call, Caller, str], tuple[Call, str]]
    is_possible: Callable[[Call], bool]

    def is_offered(self, viewer: Any, call: Call) -> bool:
        return viewer.has_perm(self.permission) and self.is_possible(call)


def _call_again(call: Call, caller: Caller, key: str) -> tuple[Call, str]:
    request = CallRequest(
        to=call.to_number,
        user_external_id=call.user_external_id or "",
        script=call.script,
        recording_enabled=bool(call.recording_enabled),
    )
    once = f"{caller.name}:{key}:{call.pk}"
    placed = services.place_call(request=request, idempotency_key=once, caller=caller)
    return placed, "A new call is on its way."


def _hang_up(call: Call, caller: Caller, key: str) -> tuple[Call, str]:
    return services.hang_up(call=call), "Twilio is ending the call."


def _sync(call: Call, caller: Caller, key: str) -> tuple[Call, str]:
    synced = reconcile.sync_call(call=call)
    return (
        synced,
        f"Twilio says: {outcome_label(synced.status).lower()}. Its recordings are up to date as well.",
    )


ACTIONS = {
    action.name: action
    for action in (
        CallAction(
            name="call-again",
            label="Call again",
            icon="call",
            permission="calls.place_call",
            audit=AuditEntry.Action.CALLED,
            question="This dials the number now, with the same script, and costs money.",
            run=_call_again,
            is_possible=lambda call: True,
        ),
        CallAction(
            name="hang-up",
            label="Hang up",
            icon="call_end",
            permission="calls.hang_up_call",
            audit=AuditEntry.Action.HUNG_UP,
            question="This ends the call in the middle of whatever is being said.",
            run=_hang_up,
            is_possible=lambda call: bool(call.twilio_sid) and not call.is_over,
        ),
        CallAction(
            name="sync",
            label="Sync with Twilio",
            icon="sync",
            permission="calls.sync_call",
            audit=AuditEntry.Action.SYNCED,
            question="This asks Twilio for the true state of the call, and fetches its recordings again.",
            run=_sync,
            is_possible=lambda call: bool(call.twilio_sid) or call.submission in services.UNSETTLED,
        ),
    )
}


def act(desk: ModelAdmin[Call], request: HttpRequest, object_id: str, name: str) -> HttpResponse:
    if name not in ACTIONS:
        raise Http404("No such action")
    chosen = ACTIONS[name]
    require(request, "calls.view_call", chosen.permission)
    call = found_call(object_id)
    if request.method != "POST":
        return ask(desk, request, chosen, [call], back=reverse("admin:calls_call_change", args=[object_id]))
    shown = perform(request, chosen, call, key=request.POST.get("key", ""))
    return redirect("admin:calls_call_change", (shown or call).pk)


def perform(request: HttpRequest, action: CallAction, call: Call, *, key: str) -> Call | None:
    """Says what happened, also where the service refused; then there is no call to show."""
    about = shown_number(call.to_number, viewer=request.user)
    try:
        shown, words = action.run(call, Caller(f"staff:{request.user.pk}"), key)
    except AtlasError as error:
        messages.error(request, f"{about}: {error}")
        return None
    record_audit(
        staff=request.user,  # type: ignore[arg-type]
        action=action.audit,
        subject=str(call),
        call_sid=shown.twilio_sid,
    )
    messages.success(request, f"{about}: {words}")
    return shown


def ask(
    desk: ModelAdmin[Call],
    request: HttpRequest,
    action: CallAction,
    calls: Iterable[Call],
    *,
    back: str,
    **more: Any,
) -> HttpResponse:
    rows = [
        {
            "call": each,
            "number": shown_number(each.to_number, viewer=request.user),
            "badge": outcome_badge(each),
        }
        for each in calls
    ]
    context = {
        **desk.admin_site.each_context(request),
        "title": action.label,
        "opts": desk.opts,
        "action": action,
        "rows": rows,
        "back": back,
        "key": uuid4().hex,
        **more,
    }
    return TemplateResponse(request, "calls/confirm.html", context)
