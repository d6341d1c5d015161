from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django_mongodb_backend.fields import ArrayField


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
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="users_newest")]

    def __str__(self) -> str:
        return self.name


class Staff(AbstractUser):
    class Meta(AbstractUser.Meta):
        db_table = "staff"
        verbose_name = "staff member"
        verbose_name_plural = "staff"


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
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

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

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
