from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from atlas.admin.filters import PeriodFilter, WordsFilter
from atlas.admin.presentation import NOTHING, moment
from atlas.admin.readonly import ReadOnlyAdmin
from users.models import AuditEntry


class ActionFilter(WordsFilter):
    title = "action"
    parameter_name = "action_done"
    choices_of = {each.value: (each.label, Q(action=each)) for each in AuditEntry.Action}


class AuditPeriodFilter(PeriodFilter):
    field = "at"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["when", "username", "did", "what", "call", "more"]
    list_display_links = None
    list_filter = [ActionFilter, AuditPeriodFilter]
    search_fields = ["username"]
    search_label = "Find entries"
    search_help_text = "User name or call SID"
    nothing_found = "Type a whole user name or call SID."
    empty_icon = "history"
    empty_text = "Who listened, exported, called or hung up is kept here."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        by = "call_sid" if text.startswith("CA") and len(text) == 34 else "username"
        return queryset.filter(**{by: text}), False

    @admin.display(description="When")
    def when(self, entry: AuditEntry) -> SafeString | str:
        return moment(entry.at)

    @admin.display(description="Did")
    def did(self, entry: AuditEntry) -> str:
        return AuditEntry.Action(entry.action).label

    @admin.display(description="What")
    def what(self, entry: AuditEntry) -> SafeString | str:
        """Where it is the call itself, the next column leads to it."""
        if entry.subject == entry.call_sid:
            return NOTHING
        return format_html('<span class="desk-sid">{}</span>', entry.subject)

    @admin.display(description="Detail")
    def more(self, entry: AuditEntry) -> SafeString | str:
        return entry.detail or NOTHING

    @admin.display(description="Call")
    def call(self, entry: AuditEntry) -> SafeString | str:
        if not entry.call_sid:
            return NOTHING
        address = reverse("admin:calls_call_change", args=[entry.call_sid])
        return format_html('<a class="desk-link desk-sid" href="{}">{}</a>', address, entry.call_sid)
