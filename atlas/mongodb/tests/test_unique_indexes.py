from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection

from atlas.mongodb.testing import plan_of, recorded_commands
from atlas.mongodb.tests.conftest import MakeLetter
from atlas.mongodb.tests.models import Author, Letter

KEY = uuid4()


def index_on(*fields: str) -> dict[str, Any]:
    indexes = connection.database["mongodb_tests_letter"].index_information()  # type: ignore[attr-defined]
    return next(index for index in indexes.values() if [name for name, _ in index["key"]] == list(fields))


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (Letter, {"key": KEY}),
        (Letter, {"sid": "CA1"}),
        (Letter, {"number": 7}),
        (Letter, {"owner": "ann", "token": "t1"}),
        (Author, {"name": "Ann"}),
        (Session, {"session_key": "abc"}),
    ],
)
def test_a_unique_index_serves_lookups(tables: None, model: Any, lookup: dict[str, Any]) -> None:
    with recorded_commands() as commands:
        model.objects.filter(**lookup).first()

    assert plan_of(commands[0]) - {"LIMIT", "SORT"} == {"FETCH", "IXSCAN"}


def test_only_a_nullable_field_has_a_partial_index(tables: None) -> None:
    assert "partialFilterExpression" not in index_on("key")
    assert index_on("sid")["partialFilterExpression"] == {"sid": {"$gt": ""}}
    assert index_on("number")["partialFilterExpression"] == {"number": {"$gte": float("-inf")}}
    assert index_on("owner", "token")["partialFilterExpression"] == {"token": {"$gt": ""}}


@pytest.mark.parametrize(
    "fields", [{"key": KEY}, {"sid": "CA1"}, {"number": -7}, {"owner": "ann", "token": "t1"}]
)
def test_a_value_can_be_taken_once(make_letter: MakeLetter, fields: dict[str, Any]) -> None:
    make_letter(**fields)

    with pytest.raises(IntegrityError, match="duplicate key: ") as raised:
        make_letter(**fields)

    assert all(name in str(raised.value) for name in fields)
    assert not any(str(value) in str(raised.value) for value in fields.values())


def test_an_update_can_take_no_value_of_another(make_letter: MakeLetter) -> None:
    make_letter(sid="CA1")
    letter = make_letter(sid="CA2")

    with pytest.raises(IntegrityError, match="duplicate key: sid"):
        Letter.objects.filter(pk=letter.pk).update(sid="CA1")


@pytest.mark.parametrize("fields", [{}, {"sid": ""}, {"owner": "ann"}, {"owner": "ann", "token": ""}])
def test_absence_is_no_value(make_letter: MakeLetter, fields: dict[str, Any]) -> None:
    make_letter(**fields)
    make_letter(**fields)

    assert Letter.objects.filter(**fields).count() == 2


def test_an_older_collection_is_taken_over(make_letter: MakeLetter) -> None:
    make_letter(sid="CA1")
    old = connection.database["mongodb_tests_letter"]  # type: ignore[attr-defined]
    old.drop_index(
        next(name for name, index in old.index_information().items() if index["key"] == [("sid", 1)])
    )
    old.create_index("sid", unique=True, name="sid_1")

    with connection.schema_editor() as editor:
        editor.create_model(Letter)

    make_letter()
    make_letter()
    assert "sid_1" not in old.index_information()
    assert Letter.objects.get(sid="CA1")
