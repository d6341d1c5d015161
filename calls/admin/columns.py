from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson import ObjectId
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from atlas.admin.presentation import NOTHING, moment, shown_number
from atlas.templatetags.desk import clock
from calls.admin.presentation import outcome_badge
from calls.lifecycle import RecordingStatus
from calls.models import Call

RECORDINGS = {
    RecordingStatus.COMPLETED: ("mic", "Recorded"),
    RecordingStatus.PROCESSING: ("hourglass_top", "Recording is on its way"),
    RecordingStatus.FAILED: ("mic_off", "Recording failed"),
    RecordingStatus.ABSENT: ("mic_none", "Nothing was said"),
}


class CallColumns:
    """Columns that need nothing but the call itself, so that a list is one command."""

    list_display: Any = ["person", "outcome", "placed", "length", "recording", "rating"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("script", "status_history", "consent", "staff_notes")  # type: ignore[misc]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [number_column(request.user), *self.list_display]

    @admin.display(description="Person")
    def person(self, call: Call) -> SafeString:
        key = call.user_external_id or ""
        if not ObjectId.is_valid(key):
            return format_html('<span class="desk-clip">{}</span>', key or NOTHING)
        # names.js puts the name there.
        return format_html('<span class="desk-clip" data-person="{}">…{}</span>', key, key[-6:])

    @admin.display(description="Outcome")
    def outcome(self, call: Call) -> SafeString:
        return outcome_badge(call)

    @admin.display(description="Placed")
    def placed(self, call: Call) -> SafeString | str:
        return moment(call.created_at)

    @admin.display(description="Length")
    def length(self, call: Call) -> str:
        return clock(call.duration) if call.duration else NOTHING

    @admin.display(description="Recording")
    def recording(self, call: Call) -> SafeString | str:
        if not call.recording_status:
            return NOTHING
        icon, words = RECORDINGS[RecordingStatus(call.recording_status)]
        return format_html(
            '<span class="material-symbols-outlined" aria-hidden="true">{}</span> {}', icon, words
        )

    @admin.display(description="Rating")
    def rating(self, call: Call) -> SafeString | str:
        if not call.feedback:
            return NOTHING
        score = call.feedback.overall_satisfaction
        return format_html('<span class="desk-score s{}">{}<small> of 5</small></span>', score, score)


def number_column(viewer: Any) -> Callable[[Call], SafeString]:
    """Made for each request: who sees a number in full is not for a page shared by all threads to say."""

    @admin.display(description="Number")
    def number(call: Call) -> SafeString:
        return format_html('<span class="desk-number">{}</span>', shown_number(call.to_number, viewer=viewer))

    return number
