from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection

from atlas.mongodb.tests.models import LABEL, Author, Letter

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


class MakeLetter(Protocol):
    def __call__(self, minutes: int = 0, **fields: Any) -> Letter: ...


@pytest.fixture(scope="session")
def _tables(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    models = [Author, Letter]
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        yield
        with connection.schema_editor() as editor:
            for model in models:
                editor.delete_model(model)


@pytest.fixture
def tables(_tables: None, db: None) -> Iterator[None]:
    yield
    Letter.objects.all().delete()
    Author.objects.all().delete()


@pytest.fixture
def make_letter(tables: None) -> MakeLetter:
    def make(minutes: int = 0, **fields: Any) -> Letter:
        fields.setdefault("key", uuid4())
        letter: Letter = Letter.objects.create(created_at=NOON + timedelta(minutes=minutes), **fields)
        return letter

    return make


assert LABEL not in apps.app_configs
