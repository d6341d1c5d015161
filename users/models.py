from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django_mongodb_backend.fields import ArrayField

from atlas.mongodb.queryset import MongoManager
from atlas.rates import Rate


class User(models.Model):
    """Somebody whom we call. Who signs in here is Staff."""

    name = models.CharField(max_length=100)
    # In lower case.
    email = models.EmailField(unique=True)
    # E.164.
    phone_number = models.CharField(max_length=16, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Atlas 1.x left it out of users that were never changed.
    updated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "users"
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="users_newest")]

    def __str__(self) -> str:
        return self.name


class Staff(AbstractUser):
    # Another one after each change of anybody's permissions; see users.backends.
    permissions_stamp = models.CharField(max_length=32, default="", editable=False)

    class Meta(AbstractUser.Meta):
        db_table = "staff"
        verbose_name = "staff member"
        verbose_name_plural = "staff"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding and kwargs.get("update_fields") is None:
            # The whole document is written, and must not bring an older stamp back.
            self.permissions_stamp = uuid4().hex
        super().save(*args, **kwargs)


class Scope(models.TextChoices):
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    FEEDBACK_READ = "feedback:read"
    FEEDBACK_WRITE = "feedback:write"


class ApiKey(models.Model):
    """A machine's credential, `atlas_<prefix>_<secret>`; the secret itself is shown once and never kept."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    hashed_secret = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32))
    # Instead of CALLS_PER_MINUTE and CALLS_PER_DAY.
    calls_per_minute = models.PositiveIntegerField(null=True, blank=True)
    calls_per_day = models.PositiveIntegerField(null=True, blank=True)
    # How many there were in the window of THROTTLE_API that ends then; counted as the key is looked up.
    requests = models.PositiveIntegerField(default=0, editable=False)
    requests_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = MongoManager["ApiKey"]()

    class Meta:
        db_table = "api_keys"
        ordering = ["-created_at", "-id"]
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def caller(self) -> str:
        return f"key:{self.pk}"

    def seconds_to_wait(self, rate: Rate) -> int:
        """0 while the requests of this window are within `rate`."""
        if self.requests <= rate.count or self.requests_until is None:
            return 0
        return max(1, int((self.requests_until - timezone.now()).total_seconds()))

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


class AuditEntry(models.Model):
    """Who of the staff did what; written once, and deleted by nobody."""

    class Action(models.TextChoices):
        LISTENED = "listened", "Listened"
        EXPORTED = "exported", "Exported"
        CALLED = "called", "Called"
        HUNG_UP = "hung-up", "Hung up"
        SYNCED = "synced", "Synced with Twilio"
        REPLAYED = "replayed", "Applied again"
        NOTED = "noted", "Wrote a note"
        MADE_KEY = "made-key", "Made an API key"
        REVOKED_KEY = "revoked-key", "Revoked an API key"

    username = models.CharField(max_length=150)
    action = models.CharField(max_length=16, choices=Action.choices)
    # What it was done to: a SID, a file name, the prefix of a key.
    subject = models.CharField(max_length=100)
    call_sid = models.CharField(max_length=64, null=True)
    detail = models.TextField(default="")
    # For what counts once in a while, such as listening in many small parts.
    once_key = models.CharField(max_length=200, unique=True, null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "audit_log"
        ordering = ["-at", "-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["username", "-at", "-id"], name="audit_by_staff"),
            models.Index(fields=["action", "-at", "-id"], name="audit_by_action"),
            models.Index(fields=["call_sid", "-at", "-id"], name="audit_by_call"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.get_action_display().lower()} {self.subject}"
