from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django_mongodb_backend.models import EmbeddedModel

from calls.models import Call

SCORES = ("call_quality", "agent_helpfulness", "resolution", "call_ease", "overall_satisfaction")


def score_field() -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])


class Feedback(EmbeddedModel):
    """What the called person thought of the call, 1 (worst) to 5 (best); kept inside its call."""

    call_quality = score_field()
    agent_helpfulness = score_field()
    resolution = score_field()
    call_ease = score_field()
    overall_satisfaction = score_field()
    notes = models.TextField(null=True)
    feedback_provided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.overall_satisfaction} of 5"


class RatedCallManager(models.Manager["RatedCall"]):
    def get_queryset(self) -> models.QuerySet[RatedCall]:
        # A range an index can serve, unlike "is not null".
        return super().get_queryset().filter(feedback__overall_satisfaction__gte=1)


class RatedCall(Call):
    """The calls that have feedback, worst first."""

    rated = RatedCallManager()

    class Meta:
        proxy = True
        permissions = [("give_feedback", "Can give feedback and notes on a call")]
        ordering = ["feedback__overall_satisfaction", "-created_at", "-id"]
