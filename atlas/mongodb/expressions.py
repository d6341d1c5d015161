from typing import Any

from django.db.models import Func


class Append(Func):
    """Adds items to the end of an array field in an update(), in the same atomic write.

    calls.filter(pk=pk, rank__lt=3).update(status="completed", history=Append("history", StatusChange(...)))

    The items are stored as the field stores them; a field that is null or missing becomes an array.
    """

    def __init__(self, field: str, *items: Any) -> None:
        super().__init__(field)
        self.items = items

    def as_mql(self, compiler: Any, connection: Any, **_: Any) -> dict[str, Any]:
        (column,) = self.get_source_expressions()
        stored = column.output_field.get_db_prep_save(list(self.items), connection)
        present = {"$ifNull": [column.as_mql(compiler, connection, as_expr=True), []]}
        # $literal, or a text such as "$name" would be read as a field.
        return {"$concatArrays": [present, {"$literal": stored}]}


class AppendOnce(Append):
    """Append(), but for an item whose `key` is the same as that of one which is there already."""

    def __init__(self, field: str, item: Any, *, key: str) -> None:
        super().__init__(field, item)
        self.key = key

    def as_mql(self, compiler: Any, connection: Any, **_: Any) -> dict[str, Any]:
        (column,) = self.get_source_expressions()
        array = column.as_mql(compiler, connection, as_expr=True)
        # $map, as the embedded server does not read "$array.key" as the array of the keys.
        items = {"$ifNull": [array, []]}
        keys = {"$map": {"input": items, "as": "item", "in": f"$$item.{self.key}"}}
        is_there = {"$in": [{"$literal": getattr(self.items[0], self.key)}, keys]}
        return {"$cond": [is_there, array, super().as_mql(compiler, connection, as_expr=True)]}


class IfNull(Func):
    """What the field holds, or `value` where it is null or missing; stored as the field stores it."""

    def __init__(self, field: str, value: Any) -> None:
        super().__init__(field)
        self.value = value

    def as_mql(self, compiler: Any, connection: Any, **_: Any) -> dict[str, Any]:
        (column,) = self.get_source_expressions()
        stored = column.output_field.get_db_prep_save(self.value, connection)
        return {"$ifNull": [column.as_mql(compiler, connection, as_expr=True), {"$literal": stored}]}
