from typing import Any

import pytest

from atlas.mongodb.documents import embedded_path, flattened, without_identities


@pytest.mark.parametrize(
    ("match", "flat"),
    [
        ({}, {}),
        ({"a": 1}, {"a": 1}),
        ({"$and": [{"a": 1}, {"b": 2}]}, {"a": 1, "b": 2}),
        (
            {"$and": [{"a": 1}, {"$and": [{"b": {"$gte": 1}}, {"b": {"$lt": 9}}]}]},
            {"a": 1, "b": {"$gte": 1, "$lt": 9}},
        ),
        ({"$and": [{"a": {"$gte": 1, "$lt": 9}}, {"a": 4}]}, {"a": 4}),
        ({"$and": [{"a": 4}, {"a": {"$lte": 4}}]}, {"a": 4}),
        ({"$or": [{"a": 1}, {"b": 2}], "$and": [{"c": 3}]}, {"$or": [{"a": 1}, {"b": 2}], "c": 3}),
    ],
)
def test_it_takes_conditions_out_of_and(match: dict[str, Any], flat: dict[str, Any]) -> None:
    assert flattened(match) == flat


@pytest.mark.parametrize(
    "parts",
    [
        [{"a": 1}, {"a": 2}],
        [{"a": {"$gt": 1}}, {"a": {"$gt": 2}}],
        [{"a": {"b": 1}}, {"a": {"$gt": 2}}],
        [{"a": {"$gt": 2}}, {"a": 2}],
        [{"a": {"$gt": 2}}, {"a": "3"}],
        [{"a": {"$ne": 2}}, {"a": 3}],
        [{"a": None}, {"a": {"$gt": 2}}],
        [{"$or": [{"a": 1}]}, {"$or": [{"b": 1}]}],
        [{"a": {"$regex": "x", "$options": ""}}, {"a": {"$regex": "y", "$options": "i"}}],
    ],
)
def test_it_loses_no_condition_where_two_cannot_be_one(parts: list[dict[str, Any]]) -> None:
    first, second = parts
    assert flattened({"$and": parts}) == {**first, "$and": [second]}


def test_it_drops_fields_that_are_there_already() -> None:
    fields = {
        "a": "$a",
        "b": "$c",
        "j": {"k": "$j.k", "l": "$k"},
        "m": {"n": "$m.n"},
        "o": {"$add": ["$o", 1]},
    }

    assert without_identities(fields) == {"b": "$c", "j.l": "$k", "o": {"$add": ["$o", 1]}}


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ({"$getField": {"input": "$a", "field": "b"}}, "a.b"),
        ({"$getField": {"input": {"$getField": {"input": "$a", "field": "b"}}, "field": "c"}}, "a.b.c"),
        ({"$getField": {"input": "$$parent", "field": "b"}}, None),
        ({"$toLower": "$a"}, None),
        (1, None),
    ],
)
def test_it_knows_the_path_of_an_embedded_field(expression: Any, path: str | None) -> None:
    assert embedded_path(expression) == path
