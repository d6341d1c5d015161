from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from pymongo import ASCENDING, IndexModel


class TTLIndex(models.Index):
    """MongoDB deletes a document once the time in this index's one field has come."""

    def get_pymongo_index_model(self, *args: Any, **kwargs: Any) -> IndexModel:
        plain: IndexModel = super().get_pymongo_index_model(*args, **kwargs)  # type: ignore[misc]
        return _rebuilt(plain, expireAfterSeconds=0)


class EmbeddedFieldIndex(models.Index):
    """Begins with `path`, one or more fields of embedded documents such as feedback.notes, then `fields`."""

    def __init__(self, *args: Any, path: str | Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.path = path

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        return name, args, {**kwargs, "path": self.path}

    def get_pymongo_index_model(self, *args: Any, **kwargs: Any) -> IndexModel:
        plain: IndexModel = super().get_pymongo_index_model(*args, **kwargs)  # type: ignore[misc]
        paths = [self.path] if isinstance(self.path, str) else self.path
        return _rebuilt(plain, first=[(path, ASCENDING) for path in paths])


def _rebuilt(index: IndexModel, *, first: list[tuple[str, int]] | None = None, **options: Any) -> IndexModel:
    document = dict(index.document)
    keys = [*(first or []), *document.pop("key").items()]
    return IndexModel(keys, **document, **options)
