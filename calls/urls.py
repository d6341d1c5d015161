from django.urls import path, register_converter

from calls.audio import RecordingAudioView
from calls.converters import CallSidConverter, ObjectIdConverter, RecordingSidConverter
from calls.views import CallViewSet

register_converter(CallSidConverter, "call_sid")
register_converter(RecordingSidConverter, "recording_sid")
register_converter(ObjectIdConverter, "object_id")

urlpatterns = [
    path("calls", CallViewSet.as_view({"get": "list"})),
    path("calls/outbound", CallViewSet.as_view({"post": "place"})),
    path("calls/<call_sid:call_sid>", CallViewSet.as_view({"get": "retrieve"})),
    path("calls/<call_sid:call_sid>/hangup", CallViewSet.as_view({"post": "hang_up"})),
    path("calls/<call_sid:call_sid>/sync", CallViewSet.as_view({"post": "sync"})),
    path(
        "calls/<call_sid:call_sid>/recordings",
        CallViewSet.as_view({"get": "recordings"}, pagination_class=None),
    ),
    path("recordings/<recording_sid:recording_sid>/audio", RecordingAudioView.as_view()),
    path("users/<object_id:user_id>/calls", CallViewSet.as_view({"get": "of_user"})),
]
