"""Pure rewriting of the filters and stages that django-mongodb-backend makes."""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any

Document = dict[str, Any]
RANGES: dict[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


def flattened(match: Mapping[str, Any]) -> Document:
    """The same filter with as few `$and` as can be.

    {"$and": [{"a": 1}, {"b": {"$gte": 2}}, {"b": {"$lt": 5}}]} becomes {"a": 1, "b": {"$gte": 2, "$lt": 5}}.
    """
    result: Document = {}
    conflicts = []
    for part in _parts(match):
        for key, value in part.items():
            if key not in result:
                result[key] = value
            elif _are_compatible(result[key], value):
                result[key] = {**result[key], **value}
            elif _is_within(value, result[key]):
                result[key] = value
            elif _is_within(result[key], value):
                pass
            else:
                conflicts.append({key: value})
    if conflicts:
        result["$and"] = conflicts
    return result


def _parts(match: Mapping[str, Any]) -> list[Document]:
    parts = []
    for key, value in match.items():
        if key == "$and":
            parts += [part for each in value for part in _parts(each)]
        else:
            parts.append({key: value})
    return parts


def _are_compatible(one: Any, other: Any) -> bool:
    return _is_operators(one) and _is_operators(other) and not one.keys() & other.keys()


def _is_within(value: Any, condition: Any) -> bool:
    """Whether being equal to `value` says it all: the condition is a range, and the value lies in it."""
    if not _is_operators(condition) or not condition.keys() <= RANGES.keys():
        return False
    try:
        return all(type(end) is type(value) and RANGES[name](value, end) for name, end in condition.items())
    except TypeError:  # they have no order, such as two values that are not known yet
        return False


def _is_operators(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(key.startswith("$") for key in value)


def dotted(fields: Mapping[str, Any], parent: str = "") -> Document:
    """{"a": {"b": 1}} as {"a.b": 1}: the same to MongoDB; the embedded server reads the first as a value."""
    result: Document = {}
    for name, value in fields.items():
        if isinstance(value, dict) and not _is_operators(value):
            result |= dotted(value, f"{parent}{name}.")
        else:
            result[parent + name] = value
    return result


def without_identities(fields: Mapping[str, Any]) -> Document:
    """Fields to add to a document without those that are there already, such as {"a": "$a"}."""
    return {path: value for path, value in dotted(fields).items() if value != f"${path}"}


def embedded_path(expression: Any) -> str | None:
    """Where the field of an embedded document is, if `expression` is nothing but such a field."""
    if isinstance(expression, str) and expression.startswith("$") and not expression.startswith("$$"):
        return expression[1:]
    if not isinstance(expression, dict) or expression.keys() != {"$getField"}:
        return None
    field = expression["$getField"]
    parent = embedded_path(field["input"])
    return f"{parent}.{field['field']}" if parent and isinstance(field["field"], str) else None
