from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pymongo
from bson import ObjectId
from django.db.models import Field, Index, Model
from django_mongodb_backend import schema
from pymongo import IndexModel

# For each type the values that a unique index of a nullable field contains: all of them, but for the
# empty string, which counts as absent.
PRESENT = {
    "string": {"$gt": ""},
    "objectId": {"$gte": ObjectId(b"\0" * 12)},
    "date": {"$gte": datetime(1, 1, 1)},  # noqa: DTZ001 - as PyMongo stores it
    "int": {"$gte": float("-inf")},
    "long": {"$gte": float("-inf")},
    "double": {"$gte": float("-inf")},
    "decimal": {"$gte": float("-inf")},
    "bool": {"$gte": False},
}


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Makes unique indexes that also serve look-ups.

    django-mongodb-backend limits every unique index to the field's type, so that many documents may have
    null. MongoDB uses a partial index only for a query that implies its filter, and no equality implies
    `$type`: a look-up by a unique field would read the whole collection. Here a field that is never null
    has a plain unique index, and one that may be null a partial index with a comparison, which an equality
    (or `$in`) with a value of that type implies.
    """

    def __enter__(self) -> "DatabaseSchemaEditor":
        # An index of a large collection takes its time.
        self._unlimited = pymongo.timeout(0)
        self._unlimited.__enter__()
        entered: DatabaseSchemaEditor = super().__enter__()
        return entered

    def __exit__(self, *args: Any) -> None:
        super().__exit__(*args)
        self._unlimited.__exit__(*args)

    def create_model(self, model: type[Model]) -> None:
        # The collections of Atlas 1.x are taken over: their documents stay, their indexes are replaced.
        if model._meta.db_table not in self.connection.introspection.table_names():
            super().create_model(model)
            return
        self.get_collection(model._meta.db_table).drop_indexes()
        self._create_model_indexes(model)
        for field in model._meta.local_many_to_many:
            through: Any = field.remote_field.through
            if through._meta.auto_created:
                self.create_model(through)

    def add_index(self, model: type[Model], index: Index, **kwargs: Any) -> None:
        if kwargs.get("unique"):
            index = UniqueIndex(index)
        super().add_index(model, index, **kwargs)


class UniqueIndex(Index):
    def __init__(self, index: Index) -> None:
        super().__init__(fields=index.fields, name=index.name, condition=index.condition)

    def get_pymongo_index_model(
        self,
        model: type[Model],
        schema_editor: DatabaseSchemaEditor,
        field: "Field[Any, Any] | None" = None,
        unique: bool = True,
        column_prefix: str = "",
    ) -> IndexModel:
        made: IndexModel = super().get_pymongo_index_model(  # type: ignore[misc]
            model, schema_editor, field=field, unique=unique, column_prefix=column_prefix
        )
        document = made.document
        fields: list[Any] = [field] if field else [model._meta.get_field(name) for name in self.fields]
        nullable = {column_prefix + each.column for each in fields if each.null}
        filters = {
            column: _usable_filter(conditions, nullable=column in nullable)
            for column, conditions in document.pop("partialFilterExpression").items()
        }
        kept = {column: conditions for column, conditions in filters.items() if conditions}
        if kept:
            document["partialFilterExpression"] = kept
        return made


def _usable_filter(conditions: Any, *, nullable: bool) -> Any:
    if not isinstance(conditions, Mapping) or "$type" not in conditions:
        return conditions
    others = {operator: value for operator, value in conditions.items() if operator != "$type"}
    if others or not nullable:
        return others
    return PRESENT.get(conditions["$type"], conditions)
