from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atlas.api.serializers import validated_query
from calls.selectors import call_with_sid
from feedback.errors import FeedbackNotFound
from feedback.models import Feedback
from feedback.reports import summarize
from feedback.serializers import (
    FeedbackReportSerializer,
    FeedbackSerializer,
    GiveFeedbackSerializer,
    PeriodSerializer,
)
from feedback.services import give_feedback


class CallFeedbackView(APIView):
    required_scopes = {"GET": "feedback:read", "PATCH": "feedback:write"}

    @extend_schema(responses=FeedbackSerializer)
    def get(self, request: Request, call_sid: str) -> Response:
        """What was thought of a call."""
        feedback = call_with_sid(call_sid).feedback
        if feedback is None:
            raise FeedbackNotFound("This call has no feedback")
        return answer(call_sid, feedback)

    @extend_schema(request=GiveFeedbackSerializer, responses=FeedbackSerializer)
    def patch(self, request: Request, call_sid: str) -> Response:
        """Rates a call. All five scores are needed; sent again, they replace what was said before."""
        serializer = GiveFeedbackSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        notes = serializer.validated_data.get("notes")
        feedback = give_feedback(call_sid=call_sid, scores=serializer.scores(), notes=notes)
        return answer(call_sid, feedback)


def answer(call_sid: str, feedback: Feedback) -> Response:
    return Response(FeedbackSerializer.shown({"call_sid": call_sid, "feedback": feedback}))


class FeedbackSummaryView(APIView):
    required_scopes = {"GET": "feedback:read"}

    @extend_schema(parameters=[PeriodSerializer], responses=FeedbackReportSerializer)
    def get(self, request: Request) -> Response:
        """Response rate, averages, distributions and CSAT of a period."""
        period = validated_query(PeriodSerializer, request)
        return Response(FeedbackReportSerializer.shown(summarize(**period)))
