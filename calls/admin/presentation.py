"""How calls are shown to the staff."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from atlas.admin.presentation import badge
from calls.lifecycle import CallStatus
from calls.models import Call
from calls.reasons import outcome_label, reason

TONES = {
    CallStatus.INITIATED: "live",
    CallStatus.RINGING: "live",
    CallStatus.IN_PROGRESS: "live",
    CallStatus.COMPLETED: "good",
    CallStatus.BUSY: "warn",
    CallStatus.NO_ANSWER: "warn",
    CallStatus.FAILED: "bad",
    CallStatus.CANCELED: "dull",
}
SCORES = {
    "call_quality": "Call quality",
    "agent_helpfulness": "Agent helpfulness",
    "resolution": "Resolution",
    "call_ease": "Ease of the call",
    "overall_satisfaction": "Overall satisfaction",
}


def outcome_badge(call: Call) -> SafeString:
    return badge(TONES[CallStatus(call.status)], outcome_label(call.status), title=reason(call))


def scores_of(call: Call) -> list[dict[str, Any]]:
    return [
        {"name": words, "score": getattr(call.feedback, name), "dots": range(1, 6)}
        for name, words in SCORES.items()
        if call.feedback
    ]


def address_of(key: str) -> str:
    """The page of a call, by our key, or by Twilio's SID where that is all that is known."""
    return reverse("admin:calls_call_change", args=[key])
