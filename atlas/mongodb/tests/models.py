"""Models of this package's tests alone; the `tables` fixture makes their collections."""

from typing import Any

from django.db import models
from django_mongodb_backend.fields import EmbeddedModelArrayField, EmbeddedModelField, ObjectIdAutoField
from django_mongodb_backend.models import EmbeddedModel

LABEL = "mongodb_tests"


class Score(EmbeddedModel):
    stars = models.IntegerField()
    note = models.TextField(null=True)

    class Meta:
        app_label = LABEL
        indexes = [models.Index(fields=["stars"], name="score_stars")]

    def __str__(self) -> str:
        return str(self.stars)


class Step(EmbeddedModel):
    name = models.TextField()
    at = models.DateTimeField()
    rank = models.IntegerField(default=0)

    class Meta:
        app_label = LABEL

    def __str__(self) -> str:
        return self.name


class Author(models.Model):
    id = ObjectIdAutoField(primary_key=True)
    name = models.TextField(unique=True)

    objects: "models.Manager[Author]" = models.Manager()

    class Meta:
        app_label = LABEL

    def __str__(self) -> str:
        return self.name


class Letter(models.Model):
    id = ObjectIdAutoField(primary_key=True)
    key = models.UUIDField(unique=True)
    sid = models.CharField(max_length=34, null=True, unique=True)
    number = models.IntegerField(null=True, unique=True)
    author: "models.ForeignKey[Author | None, Author | None]" = models.ForeignKey(
        Author, null=True, on_delete=models.CASCADE
    )
    status = models.CharField(max_length=20, default="new")
    rank = models.IntegerField(default=0)
    owner = models.CharField(max_length=20, default="")
    token = models.CharField(max_length=20, null=True)
    score: Any = EmbeddedModelField(Score, null=True)
    steps: Any = EmbeddedModelArrayField(Step, null=True)
    created_at = models.DateTimeField(db_index=True)

    objects: "models.Manager[Letter]" = models.Manager()

    class Meta:
        app_label = LABEL
        indexes = [models.Index(fields=["status", "-created_at"], name="letter_status")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "token"], condition=models.Q(token__gt=""), name="letter_owner_token"
            )
        ]

    def __str__(self) -> str:
        return str(self.key)
