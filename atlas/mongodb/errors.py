from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, OperationalError
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
)

AUTHENTICATION_FAILED = 18
DUPLICATE_KEY = 11000


@contextmanager
def database_errors() -> Iterator[None]:
    """Raises PyMongo's errors as Django's.

    OperationalError: the server is away, too slow or lets nobody in; the same command may work later.
    IntegrityError: a unique key is taken. DatabaseError: the server refuses the command.
    """
    try:
        yield
    except PyMongoError as error:
        raise _translated(error) from error
    except DatabaseError as error:
        # django-mongodb-backend raises a bare DatabaseError or IntegrityError from most of PyMongo's.
        if error.args or not isinstance(error.__cause__, PyMongoError):
            raise
        raise _translated(error.__cause__) from error.__cause__


def _translated(error: PyMongoError) -> DatabaseError:
    if duplicate := _duplicate_key(error):
        return IntegrityError(duplicate)
    if isinstance(error, ConnectionFailure | ConfigurationError) or error.timeout:
        return OperationalError(str(error))
    if isinstance(error, OperationFailure) and error.code == AUTHENTICATION_FAILED:
        return OperationalError(str(error))
    return DatabaseError(str(error))


def _duplicate_key(error: PyMongoError) -> str | None:
    """Names the fields, not the values: those are personal data as often as not."""
    details = error.details or {} if isinstance(error, DuplicateKeyError | BulkWriteError) else {}
    for failure in [details, *details.get("writeErrors", [])]:
        if failure.get("code") == DUPLICATE_KEY:
            return f"duplicate key: {', '.join(failure.get('keyPattern') or ['unknown'])}"
    return None
