from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from atlas.admin.filters import PeriodFilter, WordsFilter
from atlas.admin.presentation import NOTHING, badge, moment, shown_text, without_numbers
from atlas.admin.readonly import ReadOnlyAdmin, require
from calls.admin.presentation import address_of
from calls.admin.search import CALL_ID
from calls.lifecycle import Outcome
from calls.models import Call
from users.models import AuditEntry
from users.services import record_audit
from webhooks.models import Kind, WebhookEvent
from webhooks.services import replay

MOST_AT_ONCE = 100
TONES = {"applied": "good", "repeated": "dull", "late": "dull", "unmatched": "warn", "failed": "bad"}
MEANINGS = {
    Outcome.APPLIED: "It changed what we know of the call.",
    Outcome.REPEATED: "We knew it already.",
    Outcome.LATE: "The call had moved on by then, so it changed nothing but the history.",
    Outcome.UNMATCHED: "No call of ours fits it. If the call appears, apply the delivery again.",
    Outcome.FAILED: "Our own code failed on it. Once that is mended, apply the delivery again.",
}


class OutcomeFilter(WordsFilter):
    title = "outcome"
    parameter_name = "outcome"
    choices_of = {
        "attention": ("Needs attention", Q(outcome__in=[Outcome.FAILED, Outcome.UNMATCHED])),
        **{outcome.value: (outcome.label, Q(outcome=outcome)) for outcome in Outcome},
    }


class KindFilter(WordsFilter):
    title = "kind"
    parameter_name = "kind"
    choices_of = {kind.value: (str(kind.label).capitalize(), Q(kind=kind)) for kind in Kind}


def _of_call_id(call_id: str) -> Q:
    """By the call's SID, which has an index; of a call that is not ours there is what was not applied."""
    sid = Call.objects.filter(call_id=call_id).order_by().values_list("twilio_sid", flat=True).first()
    return Q(call_sid=sid) if sid else Q(outcome=Outcome.UNMATCHED, call_id=call_id)


class ReceivedFilter(PeriodFilter):
    field = "received_at"


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ["what", "call_of", "result", "problem", "times", "received"]
    list_filter = [OutcomeFilter, KindFilter, ReceivedFilter]
    search_fields = ["call_sid"]
    search_label = "Find deliveries of a call"
    search_help_text = "Call SID or call id"
    nothing_found = "Type a whole call SID or call id."
    empty_icon = "webhook"
    empty_text = "What Twilio's webhooks deliver is kept here. Place a call to see some."
    actions = ["apply_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        return super().get_queryset(request).defer("query", "payload")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent], search_term: str
    ) -> tuple[QuerySet[WebhookEvent], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(
            _of_call_id(text.lower()) if CALL_ID.fullmatch(text) else Q(call_sid=text)
        ), False

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(self.replay_one)
        return [
            path("<str:object_id>/replay/", again, name="webhooks_webhookevent_replay"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        require(request, "webhooks.view_webhookevent")
        event = self._event(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(event),
            "opts": self.opts,
            "object": event,
            "event": event,
            "tone": TONES[event.outcome],
            "meaning": MEANINGS[Outcome(event.outcome)],
            "payload": sorted(
                (name, shown_text(text, viewer=request.user)) for name, text in event.payload.items()
            ),
            "query": sorted(event.query.items()),
            "call_address": address_of(event.call_sid) if event.call_sid else "",
            "may_replay": request.user.has_perm("webhooks.replay_webhookevent"),  # type: ignore[union-attr]
        }
        return TemplateResponse(request, "webhooks/delivery.html", context)

    def replay_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        require(request, "webhooks.view_webhookevent", "webhooks.replay_webhookevent")
        event = self._event(request, object_id)
        if request.method != "POST":
            return self._ask(request, [event], back="../change/")
        self._replay(request, event)
        return redirect("admin:webhooks_webhookevent_change", event.pk)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.replay_webhookevent")  # type: ignore[union-attr]

    @admin.action(description="Apply again", permissions=["replay"])
    def apply_again(self, request: HttpRequest, events: QuerySet[WebhookEvent]) -> HttpResponse | None:
        chosen = list(events.defer(None).order_by("received_at")[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            messages.error(request, f"At most {MOST_AT_ONCE} deliveries at a time: tick fewer.")
        elif "confirmed" not in request.POST:
            return self._ask(request, chosen, back=request.get_full_path(), selected=True)
        else:
            for event in chosen:
                self._replay(request, event)
        return None

    def _event(self, request: HttpRequest, object_id: str) -> WebhookEvent:
        event = self.get_object(request, object_id)
        if event is None:
            raise Http404("No such delivery")
        return event

    def _replay(self, request: HttpRequest, event: WebhookEvent) -> None:
        outcome = replay(event)
        record_audit(
            staff=request.user,  # type: ignore[arg-type]
            action=AuditEntry.Action.REPLAYED,
            subject=str(event.pk),
            call_sid=event.call_sid,
            detail=outcome.label,
        )
        level = messages.WARNING if outcome in (Outcome.FAILED, Outcome.UNMATCHED) else messages.SUCCESS
        messages.add_message(request, level, f"{event}: {outcome.label.lower()}. {MEANINGS[outcome]}")

    def _ask(
        self, request: HttpRequest, events: list[WebhookEvent], *, back: str, selected: bool = False
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Apply again",
            "opts": self.opts,
            "events": events,
            "back": back,
            "selected": selected,
        }
        return TemplateResponse(request, "webhooks/confirm.html", context)

    @admin.display(description="Delivery")
    def what(self, event: WebhookEvent) -> str:
        return str(Kind(event.kind).label).capitalize()

    @admin.display(description="Call")
    def call_of(self, event: WebhookEvent) -> SafeString | str:
        if not event.call_sid:
            return NOTHING
        address = address_of(event.call_sid)
        return format_html('<a class="desk-link desk-sid" href="{}">{}</a>', address, event.call_sid)

    @admin.display(description="Outcome")
    def result(self, event: WebhookEvent) -> SafeString:
        outcome = Outcome(event.outcome)
        return badge(TONES[outcome], outcome.label, title=MEANINGS[outcome])

    @admin.display(description="Error")
    def problem(self, event: WebhookEvent) -> str:
        return Truncator(without_numbers(event.error)).chars(60) if event.error else NOTHING

    @admin.display(description="Times")
    def times(self, event: WebhookEvent) -> int:
        return event.deliveries

    @admin.display(description="Received")
    def received(self, event: WebhookEvent) -> SafeString | str:
        return moment(event.received_at)
