from __future__ import annotations

from collections import Counter
from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from atlas.admin.readonly import ReadOnlyAdmin
from users.models import Staff
from webhooks.models import WebhookEvent
from webhooks.services import replay


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "kind", "call_sid", "outcome", "deliveries", "error"]
    list_filter = ["outcome", "kind"]
    search_fields = ["call_sid"]
    show_full_result_count = False
    actions = ["apply_again"]

    @admin.action(description="Apply again", permissions=["replay"])
    def apply_again(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        outcomes = Counter(replay(event) for event in queryset.order_by("received_at", "id"))
        summary = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
        level = messages.WARNING if "failed" in outcomes else messages.SUCCESS
        self.message_user(request, f"Applied again: {summary}", level)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return cast(Staff, request.user).has_perm("webhooks.replay_webhookevent")
