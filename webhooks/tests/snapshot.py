from typing import Any

from django.db import connection


def whole_database() -> dict[str, list[dict[str, Any]]]:
    """Every document of every collection as MongoDB holds it."""
    database = connection.database  # type: ignore[attr-defined]
    return {
        name: list(database[name].find().sort("_id")) for name in sorted(database.list_collection_names())
    }
