from __future__ import annotations

from typing import Any

from rest_framework import serializers

from atlas.api.serializers import DateTimeField, QuerySerializer, Serializer
from feedback.models import SCORES


def score_field(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=5, help_text="1 (worst) to 5 (best).", **options)


class GiveFeedbackSerializer(Serializer):
    call_quality = score_field()
    agent_helpfulness = score_field()
    resolution = score_field()
    call_ease = score_field()
    overall_satisfaction = score_field()
    notes = serializers.CharField(max_length=2000, required=False, allow_null=True, allow_blank=True)

    def scores(self) -> dict[str, int]:
        return {name: self.validated_data[name] for name in SCORES}


class FeedbackSerializer(Serializer):
    """Of {"call_sid": ..., "feedback": Feedback}."""

    call_sid = serializers.CharField()
    call_quality = score_field(source="feedback.call_quality")
    agent_helpfulness = score_field(source="feedback.agent_helpfulness")
    resolution = score_field(source="feedback.resolution")
    call_ease = score_field(source="feedback.call_ease")
    overall_satisfaction = score_field(source="feedback.overall_satisfaction")
    notes = serializers.CharField(source="feedback.notes", allow_null=True)
    created_at = DateTimeField(source="feedback.feedback_provided_at")


class PeriodSerializer(QuerySerializer):
    """By the creation of the calls, both ends included."""

    created_after = DateTimeField(required=False)
    created_before = DateTimeField(required=False)


class ScoreReportSerializer(Serializer):
    average = serializers.FloatField(allow_null=True)
    distribution = serializers.DictField(
        child=serializers.IntegerField(min_value=0), help_text="How often each score from 1 to 5 was given."
    )


class ScoresReportSerializer(Serializer):
    call_quality = ScoreReportSerializer()
    agent_helpfulness = ScoreReportSerializer()
    resolution = ScoreReportSerializer()
    call_ease = ScoreReportSerializer()
    overall_satisfaction = ScoreReportSerializer()


class FeedbackReportSerializer(Serializer):
    count = serializers.IntegerField(help_text="Calls that were rated.")
    response_rate = serializers.FloatField(allow_null=True, help_text="Rated of the completed calls, 0 to 1.")
    csat = serializers.FloatField(
        allow_null=True, help_text="Share of 4 and 5 in overall_satisfaction, 0 to 1."
    )
    scores = ScoresReportSerializer()
