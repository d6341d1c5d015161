"""The menu at the side, for those who may follow its links."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

# Title, icon, address and the permission it needs; in groups.
GROUPS: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    (
        "Desk",
        [
            ("Dashboard", "monitoring", "index", ""),
            ("Calls", "call", "calls_call_changelist", "calls.view_call"),
            ("Recordings", "graphic_eq", "calls_recording_changelist", "calls.view_recording"),
            ("Feedback", "star", "feedback_ratedcall_changelist", "feedback.view_ratedcall"),
            ("People", "contacts", "users_user_changelist", "users.view_user"),
        ],
    ),
    (
        "Operations",
        [
            ("Deliveries", "webhook", "webhooks_webhookevent_changelist", "webhooks.view_webhookevent"),
            ("Audit log", "history", "users_auditentry_changelist", "users.view_auditentry"),
            ("API keys", "key", "users_apikey_changelist", "users.view_apikey"),
            ("Staff", "badge", "users_staff_changelist", "users.view_staff"),
            ("Groups", "shield_person", "auth_group_changelist", "auth.view_group"),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "separator": title != GROUPS[0][0],
            "items": [
                {
                    "title": name,
                    "icon": icon,
                    "link": reverse(f"admin:{address}"),
                    "permission": _has(permission),
                }
                for name, icon, address, permission in items
            ],
        }
        for title, items in GROUPS
    ]


def _has(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: not permission or request.user.has_perm(permission)  # type: ignore[union-attr]
