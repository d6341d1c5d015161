from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

from atlas.twilio.errors import TwilioOutcomeUnknown, TwilioUnavailable

T = TypeVar("T")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
TRIES = 6


def patiently(ask: Callable[[], T], *, wait: Callable[[float], object]) -> T:
    """
    Asks Twilio again, after longer and longer pauses, while it is away or has too much to do. Twilio: a
    request that is answered with 429 was not processed and may be repeated after an exponential backoff. Only
    for questions that can be repeated. Raises TwilioError when it has waited long enough.
    """
    for pause in pauses():
        try:
            return ask()
        except (TwilioUnavailable, TwilioOutcomeUnknown):
            wait(pause)
    return ask()


def pauses() -> Iterator[float]:
    """Seconds, each about twice the last; not quite, so that many who wait do not come back together."""
    for doubled in range(TRIES - 1):
        yield min(FIRST_PAUSE * 2**doubled, LONGEST_PAUSE) * random.uniform(0.5, 1.5)  # noqa: S311
