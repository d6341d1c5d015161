from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from atlas.admin.filters import PeriodFilter, WordsFilter
from atlas.admin.periods import Period
from atlas.admin.presentation import NOTHING, moment, without_numbers
from atlas.admin.readonly import ReadOnlyAdmin, require
from calls.admin.columns import CallColumns
from calls.admin.presentation import SCORES, address_of
from calls.admin.search import find_calls
from feedback import dashboard
from feedback.models import RatedCall

SUMMARY_DAYS = 30
SHORT_NAMES = {
    "overall_satisfaction": "Overall",
    "call_quality": "Quality",
    "agent_helpfulness": "Agent",
    "resolution": "Resolution",
    "call_ease": "Ease",
}


def score_filter(name: str) -> type[WordsFilter]:
    choices = {
        "low": ("1 or 2", Q(**{f"feedback__{name}__lte": 2})),
        "high": ("4 or 5", Q(**{f"feedback__{name}__gte": 4})),
    } | {str(score): (str(score), Q(**{f"feedback__{name}": score})) for score in range(1, 6)}
    return type(
        f"{name.title().replace('_', '')}Filter",
        (WordsFilter,),
        {"title": SCORES[name].lower(), "parameter_name": name, "choices_of": choices},
    )


def score_column(name: str) -> Callable[[RatedCall], SafeString]:
    @admin.display(description=SHORT_NAMES[name])
    def column(call: RatedCall) -> SafeString:
        score = getattr(call.feedback, name)
        return format_html('<span class="desk-score s{}">{}<small> of 5</small></span>', score, score)

    column.__name__ = name
    return column


@admin.register(RatedCall)
class RatedCallAdmin(CallColumns, ReadOnlyAdmin):
    list_display = [*(score_column(name) for name in SHORT_NAMES), "said", "heard", "rated"]
    list_filter = [*(score_filter(name) for name in SHORT_NAMES), PeriodFilter]
    list_before_template = "feedback/summary_place.html"
    search_fields = ["to_number"]
    search_label = "Find a rated call"
    search_help_text = "Number, last digits, SID, call id, person or e-mail"
    empty_icon = "star"
    empty_text = (
        "Give feedback with PATCH /calls/{call_sid}/feedback, and the call appears here, the worst first."
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (find_calls(queryset, search_term) if search_term else queryset), False

    def get_urls(self) -> list[URLPattern]:
        summary = path(
            "summary/", self.admin_site.admin_view(self.summary), name="feedback_ratedcall_summary"
        )
        return [summary, *super().get_urls()]

    def summary(self, request: HttpRequest) -> HttpResponse:
        """Asked for by the list once it stands, so that the list itself stays quick."""
        require(request, "feedback.view_ratedcall")
        cards = dashboard.charts(Period.of_last(SUMMARY_DAYS))
        return TemplateResponse(request, "feedback/summary.html", {"cards": cards, "days": SUMMARY_DAYS})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What was said is heard and read on the page of the call."""
        require(request, "feedback.view_ratedcall")
        call = self.get_object(request, object_id)
        if call is None:
            raise Http404("No such call")
        return redirect(f"{address_of(str(call.pk))}#recordings")

    @admin.display(description="Notes")
    def said(self, call: RatedCall) -> SafeString:
        notes = call.feedback.notes if call.feedback else None
        if not notes:
            return NOTHING
        notes = without_numbers(notes)
        return format_html('<span title="{}">{}</span>', notes, Truncator(notes).chars(60))

    @admin.display(description="Recording")
    def heard(self, call: RatedCall) -> SafeString | str:
        if not call.recording_url:
            return NOTHING
        return format_html(
            '<a class="desk-link" href="{}#recordings">'
            '<span class="material-symbols-outlined" aria-hidden="true">play_circle</span> Listen</a>',
            address_of(str(call.pk)),
        )

    @admin.display(description="Rated")
    def rated(self, call: RatedCall) -> SafeString | str:
        return moment(call.feedback.feedback_provided_at if call.feedback else call.created_at)
