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
from django.db.models.expressions import Col
from django_mongodb_backend.fields import EmbeddedModelField

from atlas.mongodb.documents import flattened
from atlas.mongodb.errors import database_errors

if TYPE_CHECKING:
    from atlas.mongodb.compiler import SQLUpdateOneCompiler

ModelT = TypeVar("ModelT", bound=models.Model)
# What is stored for a value, as a field's get_db_prep_save.
Prepare = Callable[[Any, Any], Any]
Fill = Callable[[Mapping[str, Any], Any], Any]
Convert = Callable[[Any], Any]


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
        return self._loader.load(found) if found else None


class PreparedFind(Prepared, Generic[ModelT]):
    """The rows of a query that is nothing but a filter and an order."""

    def __init__(self, rows: models.QuerySet[ModelT]) -> None:
        compiler: Any = rows.query.get_compiler(rows.db)
        compiler.pre_sql_setup()
        super().__init__(compiler)
        arguments = compiler.build_query().find_arguments()
        if arguments is None or rows.query.annotations:
            raise TypeError("Only what MongoDB's find can do is prepared, and this query needs a pipeline.")
        self._loader = DocumentLoader(rows)
        self._fill, self._sort = filling(arguments["filter"]), arguments["sort"]
        # What stands apart there may turn out to be said by another condition, when the values are known.
        self._is_flat = "$and" not in arguments["filter"]

    def __call__(self, **values: Any) -> ModelT | None:
        """The first one."""
        with self._collection() as (connection, collection):
            found = collection.find_one(
                self._filter(values, connection),
                self._loader.projection,
                sort=self._sort,
                session=connection.session,
            )
        return self._loader.load(found) if found else None

    def rows(self, values: Mapping[str, Any], *, skip: int = 0, limit: int = 0) -> list[ModelT]:
        """All of them without a `limit`."""
        with self._collection() as (connection, collection):
            found = collection.find(
                self._filter(values, connection),
                self._loader.projection,
                sort=self._sort,
                skip=skip,
                limit=limit,
                session=connection.session,
            )
            return [self._loader.load(document) for document in found]

    def count(self, values: Mapping[str, Any]) -> int:
        with self._collection() as (connection, collection):
            return count_documents(collection, self._filter(values, connection), session=connection.session)

    def _filter(self, values: Mapping[str, Any], connection: Any) -> Mapping[str, Any]:
        filled: Mapping[str, Any] = self._fill(values, connection)
        return filled if self._is_flat else flattened(filled)


def count_documents(collection: Any, filters: Mapping[str, Any], *, session: Any, limit: int = 0) -> int:
    """Counting stops at a `limit`.

    Without a filter that is the server's own count, which costs nothing. It is exact but for a sharded
    cluster, and for the minute before a crash of the server.
    """
    if filters or session:
        options = {"limit": limit} if limit else {}
        return int(collection.count_documents(filters, session=session, **options))
    return int(collection.estimated_document_count())


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
