"""What can be done with calls that are ticked in the list."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from calls.admin.actions import ACTIONS, CallAction, ask, perform
from calls.models import Call

MOST_AT_ONCE = 25


class BulkActions:
    """The same for those ticked in the list, at most MOST_AT_ONCE of them."""

    actions = ["call_again_all", "hang_up_all", "sync_all"]

    @admin.action(description="Call again", permissions=["call_again"])
    def call_again_all(self, request: HttpRequest, calls: QuerySet[Call]) -> HttpResponse | None:
        return self._on_all(request, ACTIONS["call-again"], calls)

    @admin.action(description="Hang up", permissions=["hang_up"])
    def hang_up_all(self, request: HttpRequest, calls: QuerySet[Call]) -> HttpResponse | None:
        return self._on_all(request, ACTIONS["hang-up"], calls)

    @admin.action(description="Sync with Twilio", permissions=["sync"])
    def sync_all(self, request: HttpRequest, calls: QuerySet[Call]) -> HttpResponse | None:
        return self._on_all(request, ACTIONS["sync"], calls)

    def has_call_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ACTIONS["call-again"].permission)  # type: ignore[union-attr]

    def has_hang_up_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ACTIONS["hang-up"].permission)  # type: ignore[union-attr]

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ACTIONS["sync"].permission)  # type: ignore[union-attr]

    def _on_all(self, request: HttpRequest, action: CallAction, calls: QuerySet[Call]) -> HttpResponse | None:
        chosen = list(calls[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            messages.error(request, f"At most {MOST_AT_ONCE} calls at a time: tick fewer.")
            return None
        possible = [call for call in chosen if action.is_possible(call)]
        if not possible:
            messages.warning(request, f"{action.label} is possible for none of them.")
            return None
        if "confirmed" in request.POST:
            for call in possible:
                perform(request, action, call, key=request.POST.get("key", ""))
            return None
        selected = {"field": helpers.ACTION_CHECKBOX_NAME, "name": request.POST["action"]}
        return ask(
            self,  # type: ignore[arg-type]
            request,
            action,
            possible,
            back=request.get_full_path(),
            selected=selected,
            left_out=len(chosen) - len(possible),
        )
