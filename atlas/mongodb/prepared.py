"""
Commands that are compiled once. Django builds each command anew from the query, which costs a webhook more
than the database takes for it; a prepared one is kept with slots in it, and only filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from django.db import connections, models

from atlas.mongodb.documents import flattened
from atlas.mongodb.errors import database_errors
from atlas.mongodb.loading import DocumentLoader
from atlas.mongodb.slots import filling

if TYPE_CHECKING:
    from atlas.mongodb.compiler import SQLUpdateOneCompiler

ModelT = TypeVar("ModelT", bound=models.Model)


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
