"""Lists that are compiled once, and read a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models

from atlas.mongodb.keyset import Order, Place, Position
from atlas.mongodb.prepared import PreparedFind

ModelT = TypeVar("ModelT", bound=models.Model)


class Listing(Generic[ModelT]):
    """
    The rows of a query in their order, which must end with a unique key. `with_values()` takes one for each
    Parameter in its filter.
    """

    def __init__(self, rows: models.QuerySet[ModelT]) -> None:
        self.order = Order.of(rows)
        self.is_filtered = bool(rows.query.where)
        self.all = PreparedFind(rows)
        self._rows = rows
        self._parts: dict[tuple[bool, Place], list[PreparedFind[ModelT]]] = {}

    def with_values(self, **values: Any) -> Rows[ModelT]:
        return Rows(self, values)

    def parts_after(self, place: Place, *, is_backward: bool) -> list[PreparedFind[ModelT]]:
        """The rows after that place, each those that one command finds in order."""
        key = (is_backward, place)
        if key not in self._parts:
            order = self.order.reversed() if is_backward else self.order
            self._parts[key] = [
                PreparedFind(self._rows.filter(part).order_by(*order.names))
                for part in order.parts_after(place)
            ]
        return self._parts[key]


@dataclass(frozen=True)
class Rows(Generic[ModelT]):
    listing: Listing[ModelT]
    values: Mapping[str, Any]

    @property
    def order(self) -> Order:
        return self.listing.order

    @property
    def is_filtered(self) -> bool:
        return self.listing.is_filtered

    def count(self) -> int:
        return self.listing.all.count(self.values)

    def skip(self, number: int, *, most: int) -> list[ModelT]:
        return self.listing.all.rows(self.values, skip=number, limit=most)

    def after(self, position: Position, *, most: int, is_backward: bool = False) -> list[ModelT]:
        """One command as a rule; one more for each value of the order that ends within these rows."""
        values = {**self.values, **self.order.parameters(position)}
        found: list[ModelT] = []
        for part in self.listing.parts_after(position.place, is_backward=is_backward):
            if len(found) < most:
                found += part.rows(values, limit=most - len(found))
        return found
