from __future__ import annotations

import re
from typing import Any

from bson import ObjectId
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from atlas.admin.filters import PeriodFilter, WordsFilter
from atlas.admin.presentation import NOTHING, badge, moment, shown_number, without_numbers
from atlas.admin.readonly import ReadOnlyAdmin, require
from atlas.errors import AtlasError
from atlas.templatetags.desk import clock
from calls.admin.presentation import address_of
from calls.admin.search import CALL_SID
from calls.audio import listen
from calls.errors import RecordingNotFound
from calls.lifecycle import RecordingStatus
from calls.models import Call, Recording
from calls.selectors import recording_with_sid

TONES = {"completed": "good", "processing": "live", "failed": "bad", "absent": "dull"}


MOST_NUMBERS = 100


class RecordingStatusFilter(WordsFilter):
    title = "state"
    parameter_name = "state"
    choices_of = {status.value: (status.label, Q(status=status)) for status in RecordingStatus}


class TranscriptFilter(WordsFilter):
    title = "transcript"
    parameter_name = "transcript"
    choices_of = {
        "completed": ("Transcribed", Q(transcription__status="completed")),
        "failed": ("Failed", Q(transcription__status="failed")),
    }


@admin.register(Recording)
class RecordingAdmin(ReadOnlyAdmin):
    list_display = ["made", "call_to", "length", "state", "words", "sid"]
    change_list_template = "calls/recordings.html"
    list_filter = [RecordingStatusFilter, TranscriptFilter, PeriodFilter]
    search_fields = ["twilio_sid"]
    search_label = "Find a recording"
    search_help_text = "Recording SID or call SID"
    nothing_found = "Type a whole recording SID or call SID; to search by number, go to Calls."
    empty_icon = "graphic_eq"
    empty_text = "Calls that are placed with recording_enabled leave their recordings here."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recording], search_term: str
    ) -> tuple[QuerySet[Recording], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        sid = text[:2].upper() + text[2:].lower()
        return queryset.filter(**{"call_sid" if CALL_SID.fullmatch(text) else "twilio_sid": sid}), False

    def get_urls(self) -> list[URLPattern]:
        audio_path = path("<str:sid>/audio", self.admin_site.admin_view(audio), name="calls_recording_audio")
        numbers_path = path("numbers/", self.admin_site.admin_view(numbers), name="calls_recording_numbers")
        return [audio_path, numbers_path, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A recording is heard and read on the page of its call."""
        require(request, "calls.view_recording")
        recording = self.get_object(request, object_id)
        if recording is None:
            raise Http404("No such recording")
        return redirect(f"{address_of(str(recording.call_id))}#{recording.twilio_sid}")

    @admin.display(description="Recording")
    def sid(self, recording: Recording) -> SafeString:
        return format_html('<span class="desk-sid">{}</span>', recording.twilio_sid)

    @admin.display(description="Call to")
    def call_to(self, recording: Recording) -> SafeString:
        # names.js puts the number there.
        key = str(recording.serializable_value("call"))
        return format_html('<a class="desk-link" href="{}" data-call="{}">Open</a>', address_of(key), key)

    @admin.display(description="Length")
    def length(self, recording: Recording) -> str:
        return clock(recording.duration) if recording.duration else NOTHING

    @admin.display(description="State")
    def state(self, recording: Recording) -> SafeString:
        status = recording.status or RecordingStatus.PROCESSING
        return badge(TONES[status], RecordingStatus(status).label)

    @admin.display(description="Transcript")
    def words(self, recording: Recording) -> str:
        transcription = recording.transcription
        if not transcription:
            return NOTHING
        return Truncator(
            without_numbers(transcription.text or f"Transcription {transcription.status}")
        ).chars(90)

    @admin.display(description="Made")
    def made(self, recording: Recording) -> SafeString | str:
        return moment(recording.created_at)


def numbers(request: HttpRequest) -> HttpResponse:
    """{id: number} of the calls asked for."""
    require(request, "calls.view_call", "calls.view_recording")
    keys = [key for key in request.GET.getlist("id")[:MOST_NUMBERS] if ObjectId.is_valid(key)]
    found = Call.objects.filter(pk__in=keys).order_by().values_list("pk", "to_number")
    return JsonResponse({str(pk): shown_number(number, viewer=request.user) for pk, number in found})


def audio(request: HttpRequest, sid: str) -> Any:
    """Twilio's audio for a player on our pages; who listened is kept."""
    require(request, "calls.listen_recording")
    if not re.fullmatch(r"RE[0-9a-f]{32}", sid):
        raise Http404("No such recording")
    try:
        recording = recording_with_sid(sid)
        return listen(recording, listener=request.user, byte_range=request.headers.get("Range", ""))
    except RecordingNotFound as error:
        raise Http404(str(error)) from error
    except AtlasError as error:
        return HttpResponse(str(error), status=error.status, content_type="text/plain")
