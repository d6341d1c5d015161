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

from atlas.mongodb import outage

DUPLICATE_KEY = 11000
# What the server says when it is not the command's fault. PyMongo itself knows those of a server that is not
# the primary (any more) or shuts down.
NOT_NOW = {
    13,  # Unauthorized, such as a user who may only read
    18,  # AuthenticationFailed
    24,  # LockTimeout
    50,  # MaxTimeMSExpired
    64,  # WriteConcernFailed
    112,  # WriteConflict
    133,  # FailedToSatisfyReadPreference
    134,  # ReadConcernMajorityNotAvailableYet
    262,  # ExceededTimeLimit
    371,  # UserWritesBlocked
    8000,  # AtlasError, such as a full disk in MongoDB Atlas
    11601,  # Interrupted
    14031,  # OutOfDiskSpace
}


@contextmanager
def database_errors() -> Iterator[None]:
    """Raises PyMongo's errors as Django's.

    OperationalError: the server is away, too slow, full or lets nobody write; the command may work later.
    IntegrityError: a unique key is taken. DatabaseError: the server refuses the command.
    """
    outage.before_command()
    try:
        yield
        outage.after_command(answered=True)
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
        outage.after_command(answered=False)
        return OperationalError(str(error))
    if NOT_NOW.intersection(_codes(error)):
        return OperationalError(str(error))
    return DatabaseError(str(error))


def _codes(error: PyMongoError) -> Iterator[int | None]:
    if isinstance(error, OperationFailure):
        yield error.code
        details = error.details or {}
        for failure in [*details.get("writeErrors", []), *details.get("writeConcernErrors", [])]:
            yield failure.get("code")


def _duplicate_key(error: PyMongoError) -> str | None:
    """Names the fields, not the values: those are personal data as often as not."""
    details = error.details or {} if isinstance(error, DuplicateKeyError | BulkWriteError) else {}
    for failure in [details, *details.get("writeErrors", [])]:
        if failure.get("code") == DUPLICATE_KEY:
            return f"duplicate key: {', '.join(failure.get('keyPattern') or ['unknown'])}"
    return None
