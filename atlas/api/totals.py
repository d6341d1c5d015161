"""How long a list is, without counting a long one again and again."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from atlas.api.cursors import Total
from atlas.mongodb.listing import Rows

# Below that an index counts as fast as it looks up.
LONG = 10_000
REMEMBERED = timedelta(minutes=1)
# A remembered total that is older is still good for those who come while one request counts again.
KEPT = timedelta(minutes=10)


def total_of(rows: Rows[Any], of_list: str) -> Total:
    """
    Of all rows of a collection, the server's own count; of a filter, counted each time, but where it matches
    more than LONG rows, once in a while by each process.
    """
    if not rows.is_filtered:
        return Total(rows.count(), timezone.now())
    key = key_of(of_list)
    known: Total | None = cache.get(key)
    if known and not _is_due(known, key):
        return known
    total = Total(rows.count(), timezone.now())
    if total.count > LONG:
        cache.set(key, total, KEPT.total_seconds())
    elif known:
        cache.delete(key)
    return total


def key_of(of_list: str) -> str:
    return f"total:{hashlib.sha256(of_list.encode()).hexdigest()}"


def _is_due(known: Total, key: str) -> bool:
    """For one request alone when the time has come: the others need not wait for the same."""
    is_old = timezone.now() - known.counted_at > REMEMBERED
    return is_old and cache.add(f"{key}:counting", True, REMEMBERED.total_seconds())
