from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models.expressions import Col
from django_mongodb_backend.fields import EmbeddedModelField

ModelT = TypeVar("ModelT", bound=models.Model)
Convert = Callable[[Any], Any]


class DocumentLoader(Generic[ModelT]):
    """Makes the model's instances of documents; what the query defers is not asked for."""

    def __init__(self, rows: models.QuerySet[ModelT]) -> None:
        self._model, self._alias = rows.model, rows.db
        compiler: Any = rows.query.get_compiler(rows.db)
        compiler.pre_sql_setup()
        self._columns = [name for name, _ in compiler.columns]
        fields = [column.target for column, *_ in compiler.select]
        self._names = [field.attname for field in fields]
        self._conversions = [
            (position, convert)
            for position, field in enumerate(fields)
            if (convert := conversion(field, compiler.connection))
        ]
        defers = len(self._columns) < len(self._model._meta.concrete_fields)
        self.projection = dict.fromkeys(self._columns, 1) if defers else None

    def load(self, document: Mapping[str, Any]) -> ModelT:
        values = [document.get(column) for column in self._columns]
        for position, convert in self._conversions:
            if values[position] is not None:
                values[position] = convert(values[position])
        return self._model.from_db(self._alias, self._names, values)


def conversion(field: models.Field[Any, Any], connection: Any) -> Convert | None:
    """From what is stored to the field's value, if they differ. None needs none."""
    if isinstance(field, EmbeddedModelField):
        return _embedding(field, connection)
    expression = Col("", field)
    converters = connection.ops.get_db_converters(expression) + expression.get_db_converters(connection)
    if not converters:
        return None

    def convert(value: Any) -> Any:
        for each in converters:
            value = each(value, expression, connection)
        return value

    return convert


def _embedding(field: EmbeddedModelField, connection: Any) -> Convert:
    """As the backend's, which looks for the conversions of each field of each value."""
    fields = [
        (part.column, part.attname, conversion(part, connection))
        for part in field.embedded_model._meta.concrete_fields
    ]

    def convert(stored: Mapping[str, Any]) -> models.Model:
        values = {
            name: convert(value) if convert and value is not None else value
            for column, name, convert in fields
            if (value := stored.get(column, stored)) is not stored
        }
        embedded: models.Model = field.embedded_model(**values)
        embedded._state.adding = False
        return embedded

    return convert
