"""
Commands that are compiled once. Django builds each command anew from the query, which costs a webhook more
than the database takes for it; a prepared one is kept with slots in it, and only filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from django.db import connections, models
from django.db.models import Value

from atlas.mongodb.errors import database_errors

if TYPE_CHECKING:
    from atlas.mongodb.compiler import SQLUpdateOneCompiler

ModelT = TypeVar("ModelT", bound=models.Model)
# What is stored for a value, as a field's get_db_prep_save.
Prepare = Callable[[Any, Any], Any]
Fill = Callable[[Mapping[str, Any], Any], Any]


@dataclass(frozen=True)
class Slot:
    name: str
    prepare: Prepare


class Parameter(Value):
    """
    Stands for a value that comes with each execution of a prepared update: in its filter, in its condition,
    and in its changes. Where no field says how the value is stored, `output_field` does.
    """

    def __init__(self, name: str, output_field: Any = None) -> None:
        super().__init__(None, output_field=output_field or models.Field())
        self.name = name

    def as_mql(self, compiler: Any, connection: Any, as_expr: bool = False) -> Any:
        slot = Slot(self.name, self.output_field.get_db_prep_save)
        return {"$literal": slot} if as_expr else slot


def stored(value: Any, prepare: Prepare, connection: Any) -> Any:
    """`value` as it is to be stored, or the slot for it."""
    return Slot(value.name, prepare) if isinstance(value, Parameter) else prepare(value, connection)


class Written(NamedTuple):
    """Whether there was, or with an upsert is now, such a document; and whether it is not as it was."""

    found: bool
    changed: bool


class Prepared:
    """To be called with a value for each of its parameters, as often as one likes, in any thread."""

    def __init__(self, compiler: Any) -> None:
        self._alias, self._collection_name = compiler.using, compiler.collection_name

    @contextmanager
    def _collection(self) -> Iterator[tuple[Any, Any]]:
        connection: Any = connections[self._alias]
        with database_errors():
            yield connection, connection.get_collection(self._collection_name)


class PreparedUpdate(Prepared):
    def __init__(self, compiler: SQLUpdateOneCompiler) -> None:
        super().__init__(compiler)
        self._upsert = compiler.query.upsert
        self._filter, self._pipeline = map(filling, compiler.command())

    def __call__(self, **values: Any) -> Written:
        with self._collection() as (connection, collection):
            done = collection.update_one(
                self._filter(values, connection),
                self._pipeline(values, connection),
                upsert=self._upsert,
                session=connection.session,
            )
        is_new = done.upserted_id is not None
        return Written(found=is_new or done.matched_count > 0, changed=is_new or done.modified_count > 0)


class PreparedFindOneAndUpdate(Prepared, Generic[ModelT]):
    def __init__(self, compiler: SQLUpdateOneCompiler, loader: DocumentLoader[ModelT]) -> None:
        super().__init__(compiler)
        self._loader = loader
        self._filter, self._pipeline = map(filling, compiler.command())
        self._options = {"upsert": compiler.query.upsert, "return_document": compiler.query.after}

    def __call__(self, **values: Any) -> ModelT | None:
        with self._collection() as (connection, collection):
            found = collection.find_one_and_update(
                self._filter(values, connection),
                self._pipeline(values, connection),
                projection=self._loader.projection,
                session=connection.session,
                **self._options,
            )
        return self._loader.load(found, connection) if found else None


class PreparedFind(Prepared, Generic[ModelT]):
    """The first row of a query that is nothing but a filter."""

    def __init__(self, rows: models.QuerySet[ModelT]) -> None:
        compiler: Any = rows.query.get_compiler(rows.db)
        super().__init__(compiler)
        self._loader = DocumentLoader(rows)
        compiler.pre_sql_setup()
        self._filter = filling(compiler.build_query().match_mql)

    def __call__(self, **values: Any) -> ModelT | None:
        with self._collection() as (connection, collection):
            found = collection.find_one(
                self._filter(values, connection), self._loader.projection, session=connection.session
            )
        return self._loader.load(found, connection) if found else None


class DocumentLoader(Generic[ModelT]):
    """Makes the model's instances of documents; what the query defers is not asked for."""

    def __init__(self, rows: models.QuerySet[ModelT]) -> None:
        self._model, self._alias = rows.model, rows.db
        compiler: Any = rows.query.get_compiler(rows.db)
        compiler.pre_sql_setup()
        self._columns = [name for name, _ in compiler.columns]
        self._names = [column.target.attname for column, *_ in compiler.select]
        self._converters = compiler.get_converters([column for column, *_ in compiler.select]).items()
        defers = len(self._columns) < len(self._model._meta.concrete_fields)
        self.projection = dict.fromkeys(self._columns, 1) if defers else None

    def load(self, document: Mapping[str, Any], connection: Any) -> ModelT:
        values = [document.get(column) for column in self._columns]
        for position, (converters, column) in self._converters:
            for convert in converters:
                values[position] = convert(values[position], column, connection)
        return self._model.from_db(self._alias, self._names, values)


def filling(template: Any) -> Fill:
    """
    A function that returns the template with its slots filled; what has no slot in it is not copied. It is
    compiled to a Python expression, as walking through the template takes ten times as long.
    """
    writer = ExpressionWriter()
    source = f"lambda values, connection: {writer.expression(template)}"
    return eval(source, writer.names)  # type: ignore[no-any-return] # noqa: S307 - of our own templates alone


class ExpressionWriter:
    """Python for a template; `names` holds what stands in it by name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self._filled: dict[Slot, str] = {}

    def expression(self, template: Any) -> str:
        if isinstance(template, Slot):
            return self._slot(template)
        if not has_slots(template):
            return self._named(template)
        if isinstance(template, dict):
            return (
                "{" + ", ".join(f"{key!r}: {self.expression(part)}" for key, part in template.items()) + "}"
            )
        return "[" + ", ".join(map(self.expression, template)) + "]"

    def _slot(self, slot: Slot) -> str:
        """A value is prepared where it is first needed, and once."""
        if name := self._filled.get(slot):
            return name
        name = self._filled[slot] = f"value_{len(self._filled)}"
        return f"({name} := {self._named(slot.prepare)}(values[{slot.name!r}], connection))"

    def _named(self, part: Any) -> str:
        name = f"part_{len(self.names)}"
        self.names[name] = part
        return name


def has_slots(template: Any) -> bool:
    if isinstance(template, dict):
        return any(map(has_slots, template.values()))
    return isinstance(template, Slot) or (
        isinstance(template, list | tuple) and any(map(has_slots, template))
    )
