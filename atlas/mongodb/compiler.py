"""The compilers of django-mongodb-backend with cheaper commands and Django's errors."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count
from django.db.models.expressions import Star
from django.db.models.sql.constants import MULTI, ROW_COUNT
from django_mongodb_backend import compiler

from atlas.mongodb.documents import flattened
from atlas.mongodb.errors import database_errors
from atlas.mongodb.query import MongoQuery


class AtlasCompiler:
    query_class = MongoQuery

    def build_query(self, columns: Any = None) -> Any:
        query = super().build_query(columns)  # type: ignore[misc]
        query.match_mql = flattened(query.match_mql)
        return query

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        with database_errors():
            return super().execute_sql(*args, **kwargs)  # type: ignore[misc]

    def cursor_iter(self, *args: Any) -> Iterator[Any]:
        with database_errors():
            yield from super().cursor_iter(*args)  # type: ignore[misc]


class SQLCompiler(AtlasCompiler, compiler.SQLCompiler):
    def execute_sql(self, result_type: str = MULTI, **kwargs: Any) -> Any:
        if self._only_counts():
            return [self.count_rows()]
        return super().execute_sql(result_type, **kwargs)

    def has_results(self) -> bool:
        if self.query.group_by is not None or self.query.combinator:
            return bool(super().has_results())
        with database_errors():
            self.pre_sql_setup()
            try:
                query = self.build_query()
            except EmptyResultSet:
                return False
            query.project_fields = {"_id": 1}
            return next(query.get_cursor(), None) is not None

    def _only_counts(self) -> bool:
        """Whether this is QuerySet.count() of the rows themselves, not of groups, slices or unions."""
        query = self.query
        selected = list(query.annotation_select.values())
        if len(selected) != 1 or query.default_cols or query.select or query.distinct or query.combinator:
            return False
        count: Any = selected[0]
        return (
            type(count) is Count
            and isinstance(count.get_source_expressions()[0], Star)
            and not count.distinct  # type: ignore[attr-defined]
            and count.filter is None
            and query.group_by is None
            and not query.is_sliced
        )

    def count_rows(self, *, limit: int | None = None) -> int:
        with database_errors():
            self.pre_sql_setup()
            self.aggregation_pipeline = None
            try:
                query = self.build_query()
            except EmptyResultSet:
                return 0
            return int(query.count(limit=limit))


class SQLInsertCompiler(AtlasCompiler, compiler.SQLInsertCompiler):
    def pre_sql_setup(self, with_col_aliases: bool = False) -> None:
        """Nothing: the backend sets up a SELECT here, which an insert has no use for."""

    def insert(self, docs: list[dict[str, Any]], returning_fields: Any = None) -> list[tuple[Any]]:
        session = self.connection.session
        if len(docs) == 1:
            # PyMongo's insert_many() goes through its machinery for bulk writes.
            ids = [self.collection.insert_one(docs[0], session=session).inserted_id]
        else:
            ids = self.collection.insert_many(docs, session=session).inserted_ids
        return [(each,) for each in ids] if returning_fields else []


class SQLDeleteCompiler(AtlasCompiler, compiler.SQLDeleteCompiler):
    pass


class SQLUpdateCompiler(AtlasCompiler, compiler.SQLUpdateCompiler):
    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        self.query.values = [
            (ComputedField(field) if hasattr(value, "resolve_expression") else field, model, value)
            for field, model, value in self.query.values
        ]
        return super().execute_sql(*args, **kwargs)


class ComputedField:
    """A field that is set to an expression: embedded fields, unlike all others, refuse to store one."""

    def __init__(self, field: Any) -> None:
        self.name, self.column = field.name, field.column

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return value


class SQLAggregateCompiler(AtlasCompiler, compiler.SQLAggregateCompiler):
    pass


class SQLUpdateOneCompiler(SQLUpdateCompiler):
    """Compiles the update of one document, which a prepared update sends."""

    # Where Django knows that nothing can match, as with pk__in=[].
    _command: tuple[dict[str, Any], list[dict[str, Any]]] = {"_id": {"$in": []}}, [{"$set": {"_id": "$_id"}}]

    def command(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The filter and the pipeline."""
        self.execute_sql(ROW_COUNT)
        return self._command

    def update(self, criteria: dict[str, Any], pipeline: list[dict[str, Any]]) -> int:
        self._command = flattened(criteria), [self._guarded(pipeline[0]["$set"])]
        return 0

    def _guarded(self, values: dict[str, Any]) -> dict[str, Any]:
        if self.query.only_if is None:
            return {"$set": values}
        condition = self.query.only_if.as_mql(self, self.connection, as_expr=True)
        changed = {"$mergeObjects": ["$$ROOT", values]}
        return {"$replaceWith": {"$cond": [condition, changed, "$$ROOT"]}}
