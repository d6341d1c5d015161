from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.sql import UpdateQuery
from django.db.models.sql.constants import ROW_COUNT
from django.db.models.sql.where import WhereNode
from django_mongodb_backend.queryset import MongoQuerySet as BackendQuerySet

if TYPE_CHECKING:
    from django.db.models import QuerySet as BackendQuerySet

ModelT = TypeVar("ModelT", bound=models.Model)


class FindOneAndUpdateQuery(UpdateQuery):
    compiler = "SQLFindOneAndUpdateCompiler"
    upsert = False
    after = False
    only_if: WhereNode | None = None


class MongoQuerySet(BackendQuerySet[ModelT]):
    def find_one_and_update(
        self, *, upsert: bool = False, after: bool = False, only_if: Q | None = None, **changes: Any
    ) -> ModelT | None:
        """
        MongoDB's findAndModify: changes the one document that matches, atomically and in one command, and
        returns it as it was before, or with `after` as it is then; None if there was none. With `upsert`, it
        is then made of the filter's equalities and `changes`. With `only_if`, a document that does not meet
        it is returned unchanged: a condition beside the filter, which leaves the filter to an index.
        `changes` are as for update().
        """
        query = self.query.chain(FindOneAndUpdateQuery)
        query.upsert, query.after = upsert, after
        query.only_if = query.build_where(only_if) if only_if else None
        query.add_update_values(changes)
        compiler = query.get_compiler(self.db)
        compiler.execute_sql(ROW_COUNT)
        return self._from_document(compiler.found) if compiler.found else None

    def _from_document(self, document: dict[str, Any]) -> ModelT:
        compiler = self.model._base_manager.using(self.db).all().query.get_compiler(self.db)
        compiler.pre_sql_setup()
        row = compiler._make_result(document, compiler.columns)
        [values] = compiler.results_iter(results=[[row]])
        names = [column.target.attname for column, *_ in compiler.select]
        made: ModelT = self.model.from_db(self.db, names, values)
        return made


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
