from __future__ import annotations

import uuid
from functools import cache

from bson import ObjectId
from django.db import models
from django_mongodb_backend.fields import EmbeddedModelArrayField, EmbeddedModelField
from django_mongodb_backend.models import EmbeddedModel

from atlas.mongodb.indexes import EmbeddedFieldIndex
from atlas.mongodb.prepared import PreparedFind
from atlas.mongodb.queryset import MongoManager
from atlas.mongodb.slots import Parameter
from calls.lifecycle import FINAL, RANK, CallStatus, RecordingStatus, Submission

OVERALL = "feedback.overall_satisfaction"


def new_call_id() -> str:
    return str(uuid.uuid4())


class StatusChange(EmbeddedModel):
    """`at` is when it happened by Twilio's clock, `received_at` when we heard of it."""

    status = models.CharField(max_length=16, choices=CallStatus.choices)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    sequence = models.IntegerField(null=True)
    source = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"{self.status} at {self.at:%H:%M:%S}"


class Consent(EmbeddedModel):
    """The evidence of which text was served to the called person, and when."""

    text = models.TextField()
    served_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"served at {self.served_at:%Y-%m-%d %H:%M:%S}"


class StaffNote(EmbeddedModel):
    """What somebody of the staff wrote about a call; never changed and never taken away."""

    author = models.CharField(max_length=150)
    text = models.TextField()
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.author} at {self.written_at:%Y-%m-%d %H:%M:%S}"


class Call(models.Model):
    call_id = models.CharField(max_length=36, unique=True, default=new_call_id)
    user_external_id = models.CharField(max_length=100, null=True)
    twilio_sid = models.CharField(max_length=34, unique=True, null=True)
    to_number = models.CharField(max_length=20)
    # The digits of to_number from the last to the first, so that an index serves "ends with".
    to_digits_reversed = models.CharField(max_length=20, null=True)
    from_number = models.CharField(max_length=20, null=True)
    direction = models.CharField(max_length=16, default="outbound-api", null=True)
    status = models.CharField(max_length=16, choices=CallStatus.choices, default=CallStatus.INITIATED)
    status_history = EmbeddedModelArrayField(StatusChange, null=True)
    script = models.TextField(null=True)
    recording_enabled = models.BooleanField(default=True, null=True)
    recording_url = models.TextField(null=True)
    # That of the best of its recordings.
    recording_status = models.CharField(max_length=16, choices=RecordingStatus.choices, null=True)
    consent = EmbeddedModelField(Consent, null=True)
    duration = models.IntegerField(null=True)  # seconds
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error_code = models.IntegerField(null=True)
    error_message = models.TextField(null=True)
    sip_response_code = models.IntegerField(null=True)
    synced_at = models.DateTimeField(null=True)
    # When Twilio may be asked for what is still missing of the call; null if nothing is.
    sync_after = models.DateTimeField(null=True)
    submission = models.CharField(
        max_length=16, choices=Submission.choices, default=Submission.PENDING, null=True
    )
    # Unique for each credential, so it starts with the credential's id.
    idempotency_key = models.CharField(max_length=300, unique=True, null=True)
    idempotency_fingerprint = models.CharField(max_length=64, null=True)
    feedback = EmbeddedModelField("feedback.Feedback", null=True)
    # The lowest of the feedback's scores.
    worst_score = models.IntegerField(null=True)
    staff_notes = EmbeddedModelArrayField(StaffNote, null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(null=True)

    objects = MongoManager["Call"]()

    class Meta:
        db_table = "calls"
        ordering = ["-created_at", "-id"]
        permissions = [
            ("place_call", "Can place a call"),
            ("hang_up_call", "Can hang up a call"),
            ("sync_call", "Can ask Twilio for the true state of a call"),
            ("export_call", "Can export calls"),
            ("annotate_call", "Can write a note on a call"),
            ("view_full_number", "Can see phone numbers in full"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="calls_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="calls_by_status"),
            models.Index(fields=["user_external_id", "-created_at", "-id"], name="calls_by_user"),
            models.Index(fields=["to_number", "-created_at", "-id"], name="calls_by_number"),
            models.Index(fields=["to_digits_reversed"], name="calls_by_last_digits"),
            models.Index(fields=["worst_score", "-created_at", "-id"], name="calls_by_worst_score"),
            models.Index(fields=["recording_status", "-created_at", "-id"], name="calls_by_recording"),
            models.Index(fields=["sync_after"], name="calls_to_sync"),
            models.Index(
                fields=["recording_status", "status", "recording_enabled", "-created_at", "-id"],
                name="calls_missing_recording",
            ),
            models.Index(fields=["updated_at", "-created_at", "-id"], name="calls_by_change"),
            models.Index(fields=["duration", "-created_at", "-id"], name="calls_by_duration"),
            EmbeddedFieldIndex(
                path=OVERALL, fields=["-created_at", "-id"], name="calls_by_overall_satisfaction"
            ),
            *(
                # The lists of rated calls begin with the worst.
                EmbeddedFieldIndex(
                    path=(f"feedback.{score}", OVERALL),
                    fields=["-created_at", "-id"],
                    name=f"worst_by_{score}",
                )
                for score in ("call_quality", "agent_helpfulness", "resolution", "call_ease")
            ),
        ]

    def __str__(self) -> str:
        return self.twilio_sid or self.call_id

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    @property
    def recordings_in_order(self) -> list[Recording]:
        """Oldest first."""
        return _recordings_in_order().rows({"call": self.pk})

    @property
    def timeline(self) -> list[StatusChange]:
        """The status history in the order in which it happened, whatever order we heard of it in."""
        return sorted(
            self.status_history or [], key=lambda change: (RANK[CallStatus(change.status)], change.at)
        )


class DailySummary(models.Model):
    """
    What is counted of the calls that were placed on a day of `zone`. It holds while `version`, which each
    later change of such a call replaces, is the one that was there when they were counted.
    """

    day = models.CharField(primary_key=True, db_column="_id", max_length=10)
    zone = models.CharField(max_length=64, null=True)
    version = models.CharField(max_length=32, null=True)
    counted_version = models.CharField(max_length=32, null=True)
    # {"9": {"completed": 3}}, by the hour.
    hours = models.JSONField(null=True)
    # {"61": 3}, how many answered calls lasted so many seconds.
    durations = models.JSONField(null=True)
    # {"resolution": {"5": 3}}.
    ratings = models.JSONField(null=True)

    objects = MongoManager["DailySummary"]()

    class Meta:
        db_table = "daily_summaries"
        verbose_name_plural = "daily summaries"

    def __str__(self) -> str:
        return self.day


class OutboundCalls(models.Model):
    """The switch that all processes look at; there is one, or none while nobody has used it."""

    ONLY = "switch"

    id = models.CharField(primary_key=True, db_column="_id", max_length=16, default=ONLY)
    are_on = models.BooleanField()
    changed_at = models.DateTimeField()

    objects = MongoManager()

    class Meta:
        db_table = "outbound_calls"
        verbose_name_plural = "outbound calls"

    def __str__(self) -> str:
        return "on" if self.are_on else "off"


class Transcription(EmbeddedModel):
    sid = models.CharField(max_length=34)
    text = models.TextField(null=True)
    status = models.CharField(max_length=16)

    def __str__(self) -> str:
        return self.sid


class Recording(models.Model):
    """`recording_status` is Twilio's word, `status` is ours; `duration` is in seconds."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="recordings", db_index=False)
    call_id: ObjectId
    call_sid = models.CharField(max_length=34, null=True)
    twilio_sid = models.CharField(max_length=34, unique=True)
    recording_url = models.TextField(null=True)
    recording_status = models.CharField(max_length=16, null=True)
    status = models.CharField(
        max_length=16, choices=RecordingStatus.choices, default=RecordingStatus.PROCESSING, null=True
    )
    duration = models.IntegerField(null=True)
    channels = models.IntegerField(null=True)
    source = models.CharField(max_length=32, null=True)
    transcription = EmbeddedModelField(Transcription, null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(null=True)

    objects = MongoManager["Recording"]()

    class Meta:
        db_table = "recordings"
        ordering = ["-created_at", "-id"]
        permissions = [("listen_recording", "Can listen to a recording")]
        indexes = [
            models.Index(fields=["call", "created_at"], name="recordings_of_call"),
            models.Index(fields=["-created_at", "-id"], name="recordings_newest"),
            models.Index(fields=["recording_status", "created_at"], name="recordings_to_purge"),
            models.Index(fields=["status", "-created_at", "-id"], name="recordings_by_status"),
            EmbeddedFieldIndex(
                path="transcription.status", fields=["-created_at", "-id"], name="recordings_by_transcript"
            ),
        ]

    def __str__(self) -> str:
        return self.twilio_sid


@cache
def _recordings_in_order() -> PreparedFind[Recording]:
    return PreparedFind(
        Recording.objects.filter(call=Parameter("call", Call._meta.pk)).order_by("created_at")
    )
