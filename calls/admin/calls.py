from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from atlas.admin.readonly import ReadOnlyAdmin
from calls.admin import export, page
from calls.admin.actions import act
from calls.admin.bulk import BulkActions
from calls.admin.columns import CallColumns
from calls.admin.filters import CALL_FILTERS
from calls.admin.search import find_calls
from calls.models import Call


@admin.register(Call)
class CallAdmin(BulkActions, CallColumns, ReadOnlyAdmin):
    list_filter = CALL_FILTERS
    search_fields = ["to_number"]
    search_label = "Find a call"
    search_help_text = "Number, last digits, SID, call id, person or e-mail"
    empty_icon = "call"
    empty_text = "Place one with POST /calls/outbound or with manage.py place_call, and it appears here."
    nothing_found = (
        "Type a whole number or its last four digits or more, a call or recording SID, a call id, the "
        "person's external id as it is, or an e-mail address."
    )
    change_list_template = "calls/list.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Call], search_term: str
    ) -> tuple[QuerySet[Call], bool]:
        return (find_calls(queryset, search_term) if search_term else queryset), False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("export/<str:form>/", self._own(export.export), name="calls_call_export"),
            path("<str:object_id>/live/", self._own(page.live), name="calls_call_live"),
            path("<str:object_id>/notes/", self._own(page.write_note), name="calls_call_notes"),
            path("<str:object_id>/do/<slug:name>/", self._own(act), name="calls_call_act"),
        ]
        return [*own, *super().get_urls()]

    def _own(self, view: Any) -> Any:
        def bound(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return view(self, request, *args, **kwargs)

        return self.admin_site.admin_view(bound)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        return page.show(self, request, object_id)
