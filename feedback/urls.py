from django.urls import path

from feedback.views import CallFeedbackView, FeedbackSummaryView

urlpatterns = [
    path("calls/<call_sid:call_sid>/feedback", CallFeedbackView.as_view()),
    path("feedback/summary", FeedbackSummaryView.as_view()),
]
