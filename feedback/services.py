from __future__ import annotations

from typing import Any

from django.utils import timezone

from calls.models import Call
from calls.selectors import call_with_sid
from calls.services import note_late_change
from feedback.models import Feedback


def give_feedback(*, call_sid: str, scores: dict[str, int], notes: str | None = None) -> Feedback:
    """Replaces what was said before. `scores` has all of SCORES, 1-5. Raises CallNotFound."""
    now = timezone.now()
    feedback = Feedback(**scores, notes=notes, feedback_provided_at=now)
    changes: dict[str, Any] = {"feedback": feedback, "worst_score": min(scores.values()), "updated_at": now}
    call = call_with_sid(call_sid)
    Call.objects.filter(pk=call.pk).update(**changes)
    note_late_change(call.created_at)
    return feedback
