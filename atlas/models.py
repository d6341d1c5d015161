from django.db import models

from atlas.mongodb.indexes import TTLIndex
from atlas.mongodb.queryset import MongoManager


class Counter(models.Model):
    """How often something was done in one window of time; counted for all processes together."""

    # What is counted, and when its window began.
    key = models.CharField(primary_key=True, db_column="_id", max_length=300)
    count = models.IntegerField()
    expires_at = models.DateTimeField()

    objects = MongoManager()

    class Meta:
        db_table = "counters"
        indexes = [TTLIndex(fields=["expires_at"], name="counters_expire")]

    def __str__(self) -> str:
        return self.key
