import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .json_fields import BadFields, Reader, flag, number, read_fields, some_of, text, whole_number
from .models import Recording, Webhook

CALLBACK_KINDS = ("status", "recording", "transcription")
TWIML_KINDS = ("voice", "action", "gather", "redirect", "fallback")
OPERATIONS = (
    "account.fetch",
    "calls.create",
    "calls.list",
    "calls.fetch",
    "calls.update",
    "calls.delete",
    "recordings.list",
    "recordings.fetch",
    "recordings.delete",
    "recordings.media",
    "transcriptions.list",
    "transcriptions.fetch",
    "transcriptions.delete",
    "numbers.list",
)


def _delay(value: Any) -> tuple[float, float]:
    """Seconds, or the least and the most of them."""
    read = number(0, 600)
    try:
        least, most = (read(value), read(value)) if not isinstance(value, list) else map(read, value)
    except ValueError:
        raise ValueError("must be seconds from 0 to 600, or a list of the least and the most") from None
    if most < least:
        raise ValueError("the least must not be more than the most")
    return least, most


EVERY_FAULT: dict[str, Reader] = {
    "fault": text(),
    "share": number(0, 1),
    "count": whole_number(1, 1_000_000),
    "skip": whole_number(0, 1_000_000),
    "seed": whole_number(0, 2**32),
}
ON_CALLBACKS: dict[str, Reader] = {
    "callbacks": some_of(*CALLBACK_KINDS),
    "events": some_of(
        "initiated", "ringing", "answered", "completed", "in-progress", "absent", "failed", "transcribed"
    ),
    "to": text(16),
}
ON_REQUESTS: dict[str, Reader] = ON_CALLBACKS | {"callbacks": some_of(*CALLBACK_KINDS, *TWIML_KINDS)}
ON_REST: dict[str, Reader] = {"operations": some_of(*OPERATIONS)}

FAULTS: dict[str, dict[str, Reader]] = {
    "delay": {**ON_REQUESTS, "seconds": _delay},
    "lose": ON_REQUESTS,
    "duplicate": {**ON_REQUESTS, "copies": whole_number(1, 20)},
    "hold": ON_CALLBACKS,
    "reorder": {**ON_CALLBACKS, "group": whole_number(2, 1000)},
    "rest_error": {**ON_REST, "status": whole_number(400, 599), "code": whole_number(10_000, 99_999)},
    "rest_slow": {**ON_REST, "seconds": _delay},
    "rest_reset": {**ON_REST, "performed": flag},
    "rest_silent": {**ON_REST, "performed": flag},
    "media_missing": {"tries": whole_number(1, 1000)},
}
WEBHOOK_FAULTS = frozenset({"delay", "lose", "duplicate", "hold", "reorder"})
REQUIRED = {
    "delay": ("seconds",),
    "rest_slow": ("seconds",),
    "rest_error": ("status",),
    "media_missing": ("tries",),
}


@dataclass
class Fault:
    """Something that goes wrong on purpose.

    It may strike those requests that fit `callbacks`, `events` and `to`, or `operations` (empty: all); it
    lets the first `skip` of them pass, then strikes a `share` of them, at most `count` times. Seconds are
    real ones.
    """

    fault: str
    id: str = ""
    callbacks: frozenset[str] = frozenset(CALLBACK_KINDS)
    events: frozenset[str] = frozenset()
    to: str = ""
    operations: frozenset[str] = frozenset()
    share: float = 1.0
    count: int | None = None
    skip: int = 0
    seed: int = 0
    seconds: tuple[float, float] = (0.0, 0.0)
    copies: int = 1
    group: int = 2
    status: int = 500
    code: int | None = None
    performed: bool | None = None
    tries: int = 1
    struck: int = 0
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311

    def fits(self, webhook: Webhook) -> bool:
        return (
            webhook.kind in self.callbacks
            and (not self.events or webhook.event in self.events)
            and (not self.to or webhook.call.to == self.to)
        )

    def strikes(self) -> bool:
        if self.count is not None and self.struck >= self.count:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.dice.random() >= self.share:
            return False
        self.struck += 1
        return True

    def pause(self) -> float:
        return self.dice.uniform(*self.seconds)

    def as_json(self) -> dict[str, Any]:
        used = {"id", "struck", *EVERY_FAULT, *FAULTS[self.fault]}
        values = {name: getattr(self, name) for name in sorted(used)}
        return {
            name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()
        }


@dataclass(frozen=True)
class WebhookPlan:
    """What the faults do to one webhook."""

    lost: bool = False
    held_by: Fault | None = None
    delay: float = 0.0
    copies: int = 1


def parse_fault(data: object) -> Fault:
    name = data.get("fault") if isinstance(data, dict) else None
    if not isinstance(name, str) or name not in FAULTS:
        raise BadFields({"fault": f"must be one of {', '.join(FAULTS)}"})
    return Fault(**read_fields(data, EVERY_FAULT | FAULTS[name], required=REQUIRED.get(name, ())))


class Faults:
    def __init__(self) -> None:
        self.active: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> None:
        fault.id = str(next(self._ids))
        self.active.append(fault)

    def clear(self) -> None:
        self.active.clear()

    def plan(self, webhook: Webhook) -> WebhookPlan:
        striking = [f for f in self.active if f.fault in WEBHOOK_FAULTS and f.fits(webhook) and f.strikes()]
        return WebhookPlan(
            lost=any(fault.fault == "lose" for fault in striking),
            held_by=next((fault for fault in striking if fault.fault in ("hold", "reorder")), None),
            delay=sum(fault.pause() for fault in striking if fault.fault == "delay"),
            copies=1 + sum(fault.copies for fault in striking if fault.fault == "duplicate"),
        )

    def on_rest(self, operation: str) -> Iterator[Fault]:
        for fault in self.active:
            fits = fault.fault.startswith("rest_") and (not fault.operations or operation in fault.operations)
            if fits and fault.strikes():
                yield fault

    def hide_media(self, recording: Recording) -> bool:
        """Whether this request for the recording's audio still finds nothing."""
        recording.media_requests += 1
        missing = (fault for fault in self.active if fault.fault == "media_missing")
        return any(recording.media_requests <= fault.tries and fault.strikes() for fault in missing)
