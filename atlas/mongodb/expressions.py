from typing import Any

from django.db.models import BooleanField, Func

from atlas.mongodb.slots import stored


class Append(Func):
    """Adds items to the end of an array field in an update(), in the same atomic write.

    calls.filter(pk=pk, rank__lt=3).update(status="completed", history=Append("history", StatusChange(...)))

    The items are stored as the field stores them; a field that is null or missing becomes an array. As in all
    expressions here, a Parameter() may stand for a value.
    """

    def __init__(self, field: str, *items: Any) -> None:
        super().__init__(field)
        self.items = items

    def as_mql(self, compiler: Any, connection: Any, **_: Any) -> dict[str, Any]:
        (column,) = self.get_source_expressions()
        present = {"$ifNull": [column.as_mql(compiler, connection, as_expr=True), []]}
        prepare = column.output_field.get_db_prep_save
        items = [
            stored(item, lambda item, connection: prepare([item], connection), connection)
            for item in self.items
        ]
        # $literal, or a text such as "$name" would be read as a field.
        return {"$concatArrays": [present, *({"$literal": item} for item in items)]}


class Contains(Func):
    """Whether an array field has an item whose `key` is `value`; a condition for update()."""

    output_field = BooleanField()

    def __init__(self, field: str, *, key: str, value: Any) -> None:
        super().__init__(field)
        self.key, self.value = key, value

    def as_mql(self, compiler: Any, connection: Any, **_: Any) -> dict[str, Any]:
        (column,) = self.get_source_expressions()
        array = column.as_mql(compiler, connection, as_expr=True)
        # $map, as the embedded server does not read "$array.key" as the array of the keys.
        keys = {"$map": {"input": {"$ifNull": [array, []]}, "as": "item", "in": f"$$item.{self.key}"}}
        return {"$in": [{"$literal": self.value}, keys]}


class IfNull(Func):
    """What the field holds, or `value` where it is null or missing; stored as the field stores it."""

    def __init__(self, field: str, value: Any) -> None:
        super().__init__(field)
        self.value = value

    def as_mql(self, compiler: Any, connection: Any, **_: Any) -> dict[str, Any]:
        (column,) = self.get_source_expressions()
        value = stored(self.value, column.output_field.get_db_prep_save, connection)
        return {"$ifNull": [column.as_mql(compiler, connection, as_expr=True), {"$literal": value}]}
