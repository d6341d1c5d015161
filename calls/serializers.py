from __future__ import annotations

from rest_framework import serializers

from atlas.api.serializers import DateTimeField, ModelSerializer, Serializer
from calls.lifecycle import CallStatus
from calls.models import Call, Consent, Recording, StatusChange, Transcription
from calls.services import CallRequest


class PlaceCallSerializer(Serializer):
    to = serializers.CharField(max_length=32, help_text="The number to call, as E.164.")
    user_external_id = serializers.CharField(max_length=100, help_text="Yours; it need not exist in users.")
    script = serializers.CharField(max_length=5000, required=False, help_text="What is said; else a default.")
    recording_enabled = serializers.BooleanField(default=True)

    def to_request(self) -> CallRequest:
        return CallRequest(**self.validated_data)


class PlacedCallSerializer(ModelSerializer):
    """The answer is the same whenever it is given again, so it holds nothing that a callback changes."""

    status = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = [
            "call_id",
            "user_external_id",
            "to_number",
            "from_number",
            "status",
            "twilio_sid",
            "recording_enabled",
            "created_at",
        ]

    def get_status(self, _: Call) -> str:
        return CallStatus.INITIATED


class StatusChangeSerializer(ModelSerializer):
    class Meta:
        model = StatusChange
        fields = ["status", "at", "received_at", "sequence", "source"]


class ConsentSerializer(ModelSerializer):
    class Meta:
        model = Consent
        fields = ["text", "served_at"]


class TranscriptionSerializer(ModelSerializer):
    class Meta:
        model = Transcription
        fields = ["sid", "text", "status"]


class RecordingSerializer(ModelSerializer):
    transcription = TranscriptionSerializer(allow_null=True)
    audio_url = serializers.SerializerMethodField(
        help_text="Where Atlas serves the audio, with a credential."
    )

    class Meta:
        model = Recording
        fields = [
            "id",
            "twilio_sid",
            "call_sid",
            "status",
            "recording_status",
            "recording_url",
            "audio_url",
            "duration",
            "channels",
            "source",
            "transcription",
            "created_at",
            "updated_at",
        ]

    def get_audio_url(self, recording: Recording) -> str:
        return f"/recordings/{recording.twilio_sid}/audio"


class CallFeedbackSerializer(Serializer):
    call_quality = serializers.IntegerField()
    agent_helpfulness = serializers.IntegerField()
    resolution = serializers.IntegerField()
    call_ease = serializers.IntegerField()
    overall_satisfaction = serializers.IntegerField()
    notes = serializers.CharField(allow_null=True)
    feedback_provided_at = DateTimeField()


class CallSerializer(ModelSerializer):
    feedback = CallFeedbackSerializer(allow_null=True)
    consent = ConsentSerializer(allow_null=True)

    class Meta:
        model = Call
        fields = [
            "id",
            "call_id",
            "twilio_sid",
            "user_external_id",
            "to_number",
            "from_number",
            "direction",
            "status",
            "duration",
            "script",
            "recording_enabled",
            "recording_url",
            "consent",
            "feedback",
            "submission",
            "error_code",
            "error_message",
            "sip_response_code",
            "answered_at",
            "ended_at",
            "created_at",
            "updated_at",
        ]


class CallDetailSerializer(CallSerializer):
    status_history = StatusChangeSerializer(many=True, source="timeline")
    recordings = RecordingSerializer(many=True, source="recordings_in_order")

    class Meta(CallSerializer.Meta):
        fields = [*CallSerializer.Meta.fields, "status_history", "recordings"]
