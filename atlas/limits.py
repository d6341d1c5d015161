"""So many in so long, counted in MongoDB, so that all processes and machines share one limit."""

import time
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError

from atlas.errors import AtlasError
from atlas.models import Counter
from atlas.mongodb.expressions import IfNull
from atlas.rates import Rate


class LimitReached(AtlasError):
    code = "too_many_requests"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


def seconds_to_wait(what: str, rate: Rate) -> int:
    """Counts one more of `what`, in one command; 0 while that is within `rate`."""
    end = rate.window_end()
    count = _count_one_more(f"{what}:{rate.seconds}:{int(end.timestamp())}", expires_at=end)
    return 0 if count <= rate.count else max(1, int(end.timestamp() - time.time()))


def _count_one_more(key: str, *, expires_at: datetime) -> int:
    """The count with this one."""
    one_more: dict[str, Any] = {"count": IfNull("count", 0) + 1, "expires_at": expires_at}
    counter = Counter.objects.filter(key=key)
    try:
        counted = counter.find_one_and_update(upsert=True, after=True, **one_more)
    except IntegrityError:  # two made the first one together: one of them did, the other finds it now
        counted = counter.find_one_and_update(upsert=True, after=True, **one_more)
    # The embedded server counts, and yet returns nothing, to who comes while another makes the first one.
    found: Counter = counted or counter.get()
    return found.count
