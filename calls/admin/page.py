"""The page of one call."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from atlas.admin.cards import list_link
from atlas.admin.presentation import moment, shown_number
from atlas.admin.readonly import require
from atlas.errors import AtlasError
from atlas.templatetags.desk import clock
from calls import services
from calls.admin.actions import ACTIONS
from calls.admin.lookup import found_call
from calls.admin.presentation import TONES, outcome_badge, scores_of
from calls.lifecycle import CallStatus, RecordingStatus
from calls.models import Call, Recording
from calls.reasons import outcome_label, reason
from calls.services.notes import LONGEST_NOTE
from users.models import AuditEntry, User
from users.services import record_audit

OTHER_CALLS = 5
# In a timeline they are events, and elsewhere states.
STEPS = {CallStatus.IN_PROGRESS: "Answered", CallStatus.COMPLETED: "Ended"}
# A recording and its transcript come some seconds or minutes after the call.
WATCHED_AFTER = timedelta(minutes=5)


def show(admin: ModelAdmin[Call], request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, "calls.view_call")
    call = found_call(object_id)
    number = shown_number(call.to_number, viewer=request.user)
    context = {
        **admin.admin_site.each_context(request),
        **_state(request, call),
        "title": number,
        "opts": admin.opts,
        "object": call,
        "person": _person(call),
        "others": [
            {"call": each, "badge": outcome_badge(each), "when": moment(each.created_at)}
            for each in _other_calls(call)
        ],
        "all_calls": call.user_external_id and list_link("calls_call", q=call.user_external_id),
        "scores": scores_of(call),
        "may_annotate": request.user.has_perm("calls.annotate_call"),  # type: ignore[union-attr]
        "longest_note": LONGEST_NOTE,
    }
    return TemplateResponse(request, "calls/page.html", context)


def live(admin: ModelAdmin[Call], request: HttpRequest, object_id: str) -> HttpResponse:
    """The part of the page that changes while a call goes on."""
    require(request, "calls.view_call")
    return TemplateResponse(request, "calls/live.html", _state(request, found_call(object_id)))


def _state(request: HttpRequest, call: Call) -> dict[str, Any]:
    recordings = list(Recording.objects.filter(call=call).order_by("created_at"))
    return {
        "call": call,
        "number": shown_number(call.to_number, viewer=request.user),
        "from_number": call.from_number,
        "label": outcome_label(call.status),
        "tone": TONES[CallStatus(call.status)],
        "reason": reason(call),
        "steps": _steps(call),
        "recordings": recordings,
        "may_listen": request.user.has_perm("calls.listen_recording"),  # type: ignore[union-attr]
        "actions": [each for each in ACTIONS.values() if each.is_offered(request.user, call)],
        "deliveries": _deliveries(request, call),
        "is_watched": not _is_settled(call, recordings),
    }


def _deliveries(request: HttpRequest, call: Call) -> str:
    may_see = request.user.has_perm("webhooks.view_webhookevent")  # type: ignore[union-attr]
    return list_link("webhooks_webhookevent", q=call.twilio_sid) if may_see and call.twilio_sid else ""


def _steps(call: Call) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [{"label": "Placed", "at": call.created_at, "tone": "live"}]
    for change in call.timeline:
        label = STEPS.get(CallStatus(change.status)) or outcome_label(change.status)
        steps.append({"label": label, "at": change.at, "tone": TONES[CallStatus(change.status)]})
    if not call.timeline and call.is_over:
        # Twilio refused it, and so never told of it.
        ended = call.ended_at or call.updated_at or call.created_at
        steps.append(
            {"label": outcome_label(call.status), "at": ended, "tone": TONES[CallStatus(call.status)]}
        )
    for earlier, later in pairwise(steps):
        later["after"] = _in_words(later["at"] - earlier["at"])
    return steps


def _in_words(time: timedelta) -> str:
    seconds = max(0.0, time.total_seconds())
    return f"{seconds:.1f} s" if seconds < 60 else clock(round(seconds))


def _is_settled(call: Call, recordings: list[Recording]) -> bool:
    """Whether nothing more is to be expected, so that the page need not ask again."""
    if not call.is_over:
        return False
    if call.status != CallStatus.COMPLETED or not call.recording_enabled:
        return True
    if timezone.now() - (call.ended_at or call.created_at) > WATCHED_AFTER:
        return True
    return bool(recordings) and all(
        recording.status in (RecordingStatus.ABSENT, RecordingStatus.FAILED) or recording.transcription
        for recording in recordings
    )


def _person(call: Call) -> User | None:
    key = call.user_external_id or ""
    return User.objects.filter(pk=key).first() if ObjectId.is_valid(key) else None


def _other_calls(call: Call) -> list[Call]:
    """The latest of the same person, or to the same number where nobody is named."""
    calls = Call.objects.defer("script", "status_history", "consent", "staff_notes", "feedback")
    named = bool(call.user_external_id)
    same = {"user_external_id": call.user_external_id} if named else {"to_number": call.to_number}
    found = calls.filter(**same)[: OTHER_CALLS + 1]
    return [each for each in found if each.pk != call.pk][:OTHER_CALLS]


def write_note(admin: ModelAdmin[Call], request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, "calls.view_call", "calls.annotate_call")
    call = found_call(object_id)
    if request.method == "POST":
        try:
            services.add_note(
                call=call, author=request.user.get_username(), text=request.POST.get("text", "")
            )
        except AtlasError as error:
            messages.error(request, str(error))
        else:
            record_audit(
                staff=request.user,  # type: ignore[arg-type]
                action=AuditEntry.Action.NOTED,
                subject=str(call),
                call_sid=call.twilio_sid,
            )
            messages.success(request, "The note is kept.")
    return redirect(reverse("admin:calls_call_change", args=[object_id]) + "#notes")
