"""What `next` and `previous` carry: a place in a list, and what is known of the list already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from bson import json_util
from django.core.signing import BadSignature, Signer
from rest_framework import serializers

from atlas.mongodb.keyset import Position

UTC = json_util.JSONOptions(tz_aware=True, tzinfo=timezone.utc)
REFUSED = "This is not a cursor of this list. Follow `next` and `previous` as they are, or leave it out."


@dataclass(frozen=True)
class Total:
    """How many rows the list had, and when they were counted."""

    count: int
    counted_at: datetime


@dataclass(frozen=True)
class Cursor:
    """The rows after `position`, or before it when `is_backward`."""

    position: Position
    is_backward: bool
    total: Total

    def sign(self, of_list: str) -> str:
        """Signed for one list: with another filter or order the place would mean nothing."""
        content = {
            "position": vars(self.position),
            "is_backward": self.is_backward,
            "total": vars(self.total),
        }
        return Signer(salt=of_list).sign_object(content, serializer=_Json)

    @classmethod
    def read(cls, text: str, of_list: str) -> Cursor:
        """Raises ValidationError."""
        try:
            signed = Signer(salt=of_list).unsign_object(text, serializer=_Json)
        except BadSignature as error:
            raise serializers.ValidationError({"cursor": [REFUSED]}) from error
        return cls(Position(**signed["position"]), signed["is_backward"], Total(**signed["total"]))


class _Json:
    """MongoDB's own JSON, which knows times and ObjectIds."""

    def dumps(self, value: Any) -> bytes:
        return json_util.dumps(value, separators=(",", ":")).encode()

    def loads(self, text: bytes) -> Any:
        return json_util.loads(text.decode(), json_options=UTC)
