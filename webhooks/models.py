from django.db import models

from atlas.mongodb.indexes import TTLIndex
from atlas.mongodb.queryset import MongoManager
from calls.lifecycle import Outcome


class Kind(models.TextChoices):
    VOICE = "voice"
    VOICE_ENDED = "voice-ended"
    STATUS = "status"
    RECORDING = "recording"
    TRANSCRIPTION = "transcription"


class WebhookEvent(models.Model):
    """An authentic delivery of Twilio's, kept once with what became of it."""

    kind = models.CharField(max_length=16, choices=Kind.choices)
    delivery_key = models.CharField(max_length=200, unique=True)
    call_id = models.CharField(max_length=36, null=True)
    call_sid = models.CharField(max_length=64, null=True)
    query = models.JSONField(default=dict)
    payload = models.JSONField(default=dict)
    # The text that asked for consent, when this was answered with one.
    consent = models.TextField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    error = models.TextField(null=True)
    # How often Twilio delivered it.
    deliveries = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects = MongoManager["WebhookEvent"]()

    class Meta:
        db_table = "webhook_events"
        ordering = ["-received_at", "-id"]
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        permissions = [("replay_webhookevent", "Can apply a delivery again")]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="events_newest"),
            models.Index(fields=["outcome", "-received_at", "-id"], name="events_by_outcome"),
            models.Index(fields=["call_sid", "-received_at", "-id"], name="events_by_call"),
            TTLIndex(fields=["expires_at"], name="events_expire"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.call_sid or ''}".strip()
