from django.urls import path

from webhooks.views import RecordingView, StatusView, VoiceEndedView, VoiceView

urlpatterns = [
    path("twilio/voice", VoiceView.as_view()),
    path("twilio/voice/ended", VoiceEndedView.as_view()),
    path("twilio/status", StatusView.as_view()),
    path("twilio/recording", RecordingView.as_view()),
]
