from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models.sql import UpdateQuery
from django.db.models.sql.constants import ROW_COUNT
from django_mongodb_backend.managers import MongoManager as BackendManager
from django_mongodb_backend.queryset import MongoQuerySet as BackendQuerySet

if TYPE_CHECKING:
    from django.db.models import QuerySet as BackendQuerySet  # noqa: F811

ModelT = TypeVar("ModelT", bound=models.Model)


class FindOneAndUpdateQuery(UpdateQuery):
    compiler = "SQLFindOneAndUpdateCompiler"
    upsert = False


class MongoQuerySet(BackendQuerySet[ModelT] if TYPE_CHECKING else BackendQuerySet):
    def find_one_and_update(self, *, upsert: bool = False, **changes: Any) -> ModelT | None:
        """
        MongoDB's findAndModify: changes the one document that matches, atomically and in one command, and
        returns it as it was before; None if there was none. With `upsert`, it is then made of the filter's
        equalities and `changes`. `changes` are as for update().
        """
        query = self.query.chain(FindOneAndUpdateQuery)
        query.upsert = upsert
        query.add_update_values(changes)
        compiler = query.get_compiler(self.db)
        compiler.execute_sql(ROW_COUNT)
        return self._from_document(compiler.before) if compiler.before else None

    def _from_document(self, document: dict[str, Any]) -> ModelT:
        compiler = self.model._base_manager.using(self.db).all().query.get_compiler(self.db)
        compiler.pre_sql_setup()
        row = compiler._make_result(document, compiler.columns)
        [values] = compiler.results_iter(results=[[row]])
        names = [column.target.attname for column, *_ in compiler.select]
        return self.model.from_db(self.db, names, values)


def count_up_to(limit: int, rows: models.QuerySet[Any]) -> int:
    """As count(), but the server stops counting at `limit`."""
    return int(rows.order_by().query.get_compiler(rows.db).count_rows(limit=limit))


class MongoManager(BackendManager.from_queryset(MongoQuerySet)):  # type: ignore[misc]
    pass
