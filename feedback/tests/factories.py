from django.utils import timezone

from calls.models import Call
from feedback.models import SCORES, Feedback


def rate(call: Call, score: int, notes: str | None = None) -> None:
    """All five scores are `score`."""
    feedback = Feedback(**dict.fromkeys(SCORES, score), notes=notes, feedback_provided_at=timezone.now())
    Call.objects.filter(pk=call.pk).update(feedback=feedback, worst_score=score)
