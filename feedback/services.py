from __future__ import annotations

from django.utils import timezone

from calls.errors import CallNotFound
from calls.models import Call
from feedback.models import Feedback


def give_feedback(*, call_sid: str, scores: dict[str, int], notes: str | None = None) -> Feedback:
    """Replaces what was said before. `scores` has all of SCORES, 1-5. Raises CallNotFound."""
    now = timezone.now()
    feedback = Feedback(**scores, notes=notes, feedback_provided_at=now)
    changes = {"feedback": feedback, "worst_score": min(scores.values()), "updated_at": now}
    if not Call.objects.filter(twilio_sid=call_sid).update(**changes):
        raise CallNotFound("Call not found")
    return feedback
