"""ENGINE = "atlas.mongodb": django-mongodb-backend with the planner in mind.

DATABASES["default"] takes HOST (a mongodb:// URI), NAME and OPTIONS as django-mongodb-backend does. With
HOST empty, the embedded server in EMBEDDED_DIRECTORY is used, and started if need be.
"""

import contextlib
import os
import threading
import weakref
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django_mongodb_backend import base
from django_mongodb_backend.introspection import DatabaseIntrospection as BaseIntrospection
from django_mongodb_backend.operations import DatabaseOperations as BaseOperations
from django_mongodb_backend.utils import OperationDebugWrapper
from pymongo.errors import PyMongoError

from atlas.mongodb import embedded, outage
from atlas.mongodb.errors import database_errors
from atlas.mongodb.schema import DatabaseSchemaEditor


class DatabaseOperations(BaseOperations):
    compiler_module = "atlas.mongodb.compiler"


class DatabaseIntrospection(BaseIntrospection):
    def table_names(self, *args: Any, **kwargs: Any) -> Any:
        with database_errors():
            return super().table_names(*args, **kwargs)


class LoggedCollection(OperationDebugWrapper):
    """Puts the commands that only this engine sends into connection.queries too."""

    def find(self, *args: Any, **kwargs: Any) -> Any:
        return self._logged("find", *args, **kwargs)

    def find_one_and_update(self, *args: Any, **kwargs: Any) -> Any:
        return self._logged("find_one_and_update", *args, **kwargs)

    def insert_one(self, *args: Any, **kwargs: Any) -> Any:
        return self._logged("insert_one", *args, **kwargs)

    def count_documents(self, *args: Any, **kwargs: Any) -> Any:
        return self._logged("count_documents", *args, **kwargs)

    def estimated_document_count(self) -> Any:
        return self._logged("estimated_document_count")

    def _logged(self, method: str, *args: Any, **kwargs: Any) -> Any:
        duration, result = self.profile_call(getattr(self.wrapped, method), args, kwargs)
        self.log(method, duration, (*args, kwargs))
        return result


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations
    # The same as the backend's, in a form that an index can serve: a comparison never matches null in a
    # filter, and null also matches a missing field.
    mongo_operators = {
        **base.DatabaseWrapper.mongo_operators,
        "lt": lambda field, value: {field: {"$lt": value}},
        "lte": lambda field, value: {field: {"$lte": value}},
        "isnull": lambda field, is_null: {field: None} if is_null else {field: {"$ne": None}},
    }

    _pool_mutex = threading.Lock()
    _wrappers: "weakref.WeakSet[DatabaseWrapper]" = weakref.WeakSet()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wrappers.add(self)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if params["host"] is None:
            params["host"] = self._embedded_uri()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        with self._pool_mutex, database_errors():
            return super().get_new_connection(conn_params)

    def get_collection(self, name: str, **kwargs: Any) -> Any:
        collection = super().get_collection(name, **kwargs)
        if isinstance(collection, OperationDebugWrapper):
            return LoggedCollection(self, collection.wrapped)
        return collection

    def is_usable(self) -> bool:
        """Whether the server answers."""
        try:
            self.database.command("ping")
        except PyMongoError:
            return False
        outage.breaker.succeeded()
        return True

    def _embedded_uri(self) -> str:
        directory = self.settings_dict.get("EMBEDDED_DIRECTORY")
        if not directory:
            raise ImproperlyConfigured('DATABASES needs a "HOST" (MONGO_URI) or an "EMBEDDED_DIRECTORY".')
        try:
            return embedded.ensure_running(Path(directory))
        except embedded.EmbeddedServerError as error:
            raise OperationalError(str(error)) from error

    @classmethod
    def _forget_connections(cls) -> None:
        """In a forked process: a client's sockets and locks are its parent's, so each needs a new one."""
        cls._pool_mutex = threading.Lock()
        cls._connection_pools.clear()
        for wrapper in cls._wrappers:
            wrapper.connection = wrapper.session = None
            with contextlib.suppress(AttributeError):
                del wrapper.database


os.register_at_fork(after_in_child=DatabaseWrapper._forget_connections)
