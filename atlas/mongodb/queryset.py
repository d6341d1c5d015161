from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.sql import UpdateQuery
from django.db.models.sql.where import WhereNode
from django_mongodb_backend.queryset import MongoQuerySet as BackendQuerySet

from atlas.mongodb.loading import DocumentLoader
from atlas.mongodb.prepared import PreparedFind, PreparedFindOneAndUpdate, PreparedUpdate

if TYPE_CHECKING:
    from django.db.models import QuerySet as BackendQuerySet

    from atlas.mongodb.compiler import SQLUpdateOneCompiler

ModelT = TypeVar("ModelT", bound=models.Model)


class UpdateOneQuery(UpdateQuery):
    compiler = "SQLUpdateOneCompiler"
    upsert = False
    after = False
    only_if: WhereNode | None = None


class MongoQuerySet(BackendQuerySet[ModelT]):
    """
    What is prepared is compiled at once and executed when it is called, with a value for each Parameter() in
    its filter and its changes. `changes` are as for update(). With `upsert`, a document that is missing is
    made of the filter's equalities and `changes`. With `only_if`, a document that does not meet it stays as
    it is: a condition beside the filter, which leaves the filter to an index.
    """

    def prepared_update(
        self, *, upsert: bool = False, only_if: Q | None = None, **changes: Any
    ) -> PreparedUpdate:
        """Changes the one document that matches, atomically."""
        return PreparedUpdate(self._update_one(upsert, False, only_if, changes))

    def prepared_find_one_and_update(
        self, *, upsert: bool = False, after: bool = False, only_if: Q | None = None, **changes: Any
    ) -> PreparedFindOneAndUpdate[ModelT]:
        """The same, and it returns the document as it was before, or with `after` as it is then, or None."""
        rows = self.model._base_manager.using(self.db).all()
        return PreparedFindOneAndUpdate(
            self._update_one(upsert, after, only_if, changes), DocumentLoader(rows)
        )

    def find_one_and_update(self, **arguments: Any) -> ModelT | None:
        """
        Prepared and executed. For small collections: the embedded server looks for the document of a
        findAndModify without an index.
        """
        return self.prepared_find_one_and_update(**arguments)()

    def prepared_find(self, *fields: str) -> PreparedFind[ModelT]:
        """Returns a row that matches, with these fields or all, or None."""
        return PreparedFind((self.only(*fields) if fields else self).order_by())

    def _update_one(
        self, upsert: bool, after: bool, only_if: Q | None, changes: dict[str, Any]
    ) -> SQLUpdateOneCompiler:
        query = self.query.chain(UpdateOneQuery)
        query.upsert, query.after = upsert, after
        query.only_if = query.build_where(only_if) if only_if else None
        query.add_update_values(changes)
        compiler: SQLUpdateOneCompiler = query.get_compiler(self.db)
        return compiler


def count_up_to(limit: int, rows: models.QuerySet[Any]) -> int:
    """As count(), but the server stops counting at `limit`."""
    return int(rows.order_by().query.get_compiler(rows.db).count_rows(limit=limit))


if TYPE_CHECKING:

    class MongoManager(models.Manager[ModelT]):
        def filter(self, *args: Any, **kwargs: Any) -> MongoQuerySet[ModelT]: ...
        def raw_aggregate(self, pipeline: list[dict[str, Any]]) -> Iterable[ModelT]: ...

else:

    class MongoManager(models.Manager.from_queryset(MongoQuerySet)):
        pass
