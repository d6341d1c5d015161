"""Pages that begin where another one ended: the server looks that up, and walks over nothing before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.models import Q
from django_mongodb_backend.fields import EmbeddedModelField

from atlas.mongodb.slots import Parameter


@dataclass(frozen=True)
class Position:
    """
    A row in an order, by its values of the order's keys. `shared` says how many of these, from the first, the
    next row has in common with it at most.
    """

    values: Sequence[Any]
    shared: int

    @property
    def place(self) -> Place:
        return Place(tuple(value is None for value in self.values), self.shared)


class Place(NamedTuple):
    """What of a position decides which conditions there are for the rows after it."""

    nulls: tuple[bool, ...]
    shared: int


@dataclass(frozen=True)
class Key:
    """`name` is as in order_by(), such as feedback__overall_satisfaction."""

    name: str
    field: models.Field[Any, Any]
    is_descending: bool
    is_nullable: bool
    lowest: Any

    def value_of(self, row: models.Model) -> Any:
        value: Any = row
        for part in self.name.split("__"):
            value = getattr(value, part, None)
        return value

    @property
    def parameter(self) -> Parameter:
        """Stands for the value of the row that a page begins after."""
        return Parameter(f"after_{self.name}", self.field)

    def same(self, *, is_null: bool) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if is_null else Q(**{self.name: self.parameter})

    def beyond(self, *, is_null: bool) -> Iterator[Q]:
        """What comes after the value, in its order; null comes before everything, or last when descending.

        Apart, as a planner may scan the collection for an `or`.
        """
        if is_null:
            if not self.is_descending:
                yield Q(**{f"{self.name}__gte": self.lowest})
            return
        yield Q(**{f"{self.name}__{'lt' if self.is_descending else 'gt'}": self.parameter})
        if self.is_descending and self.is_nullable:
            yield Q(**{f"{self.name}__isnull": True})


class Order:
    """The order of a query, whose last key must be unique, and the same for all."""

    def __init__(self, names: Sequence[str], model: type[models.Model]) -> None:
        self.keys = [_key(name, model) for name in names]

    @classmethod
    def of(cls, rows: models.QuerySet[Any]) -> Order:
        return cls([str(name) for name in rows.query.order_by or rows.model._meta.ordering], rows.model)

    def reversed(self) -> Order:
        order = object.__new__(Order)
        order.keys = [replace(key, is_descending=not key.is_descending) for key in self.keys]
        return order

    @property
    def names(self) -> list[str]:
        return ["-" * key.is_descending + key.name for key in self.keys]

    def position(self, row: models.Model, *, next_to: Sequence[Any] | None = None) -> Position:
        """`next_to` are the values of the row that follows, if that is known."""
        values = self.values_of(row)
        most = len(values) - 1
        shared = most if next_to is None else _common(values, next_to)
        return Position(values, min(shared, most))

    def values_of(self, row: models.Model) -> list[Any]:
        return [key.value_of(row) for key in self.keys]

    def parts_after(self, place: Place) -> Iterator[Q]:
        """Each an equality of some keys and a range of the next, which is what an index serves in order."""
        for shared in range(place.shared, -1, -1):
            same = Q()
            for key, is_null in zip(self.keys[:shared], place.nulls, strict=False):
                same &= key.same(is_null=is_null)
            for beyond in self.keys[shared].beyond(is_null=place.nulls[shared]):
                yield same & beyond

    def parameters(self, position: Position) -> dict[str, Any]:
        """The values of parts_after() of its place."""
        return {key.parameter.name: value for key, value in zip(self.keys, position.values, strict=True)}


def _key(name: str, model: type[models.Model]) -> Key:
    path = name.lstrip("-")
    is_nullable = False
    of: Any = model
    for part in path.split("__"):
        field = of._meta.pk if part == "pk" else of._meta.get_field(part)
        is_nullable |= field.null
        of = field.embedded_model if isinstance(field, EmbeddedModelField) else None
    return Key(path, field, name.startswith("-"), is_nullable, _lowest(field) if is_nullable else None)


def _lowest(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.DateTimeField):
        return datetime(1, 1, 2, tzinfo=timezone.utc)
    lowest, _ = connection.ops.integer_field_range(field.get_internal_type())
    return lowest


def _common(one: Sequence[Any], other: Sequence[Any]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))
