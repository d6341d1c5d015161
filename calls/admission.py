"""Whether a call may be placed now: the switch for all calls, and the limits of who asks."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from atlas.limits import LimitReached, seconds_to_wait
from atlas.rates import Rate
from calls.models import OutboundCalls
from calls.number_rules import CallRefused

MINUTE = 60
DAY = 86400


class CallLimitReached(LimitReached):
    code = "call_limit_reached"


@dataclass(frozen=True)
class Caller:
    """Who wants to place a call: a name to count by, and limits, where they are not those of the settings."""

    name: str
    calls_per_minute: int | None = None
    calls_per_day: int | None = None


# A management command, or anything else that runs on the server itself.
SERVER = Caller("server")


def admit(caller: Caller) -> None:
    """Counts a call of `caller`. Raises CallRefused while calls are switched off, and CallLimitReached."""
    if not settings.OUTBOUND_CALLS_ENABLED:
        raise CallRefused("Outbound calls are switched off by the setting OUTBOUND_CALLS_ENABLED.")
    if not is_switched_on():
        raise CallRefused(
            "Outbound calls are switched off. The operator of this server may run: outbound_calls on"
        )
    _count(caller, caller.calls_per_minute, MINUTE, "CALLS_PER_MINUTE")
    _count(caller, caller.calls_per_day, DAY, "CALLS_PER_DAY")


def _count(caller: Caller, own_limit: int | None, seconds: int, setting: str) -> None:
    limit: int = getattr(settings, setting) if own_limit is None else own_limit
    if wait := seconds_to_wait(f"calls:{caller.name}", Rate(limit, seconds)):
        raise CallLimitReached(
            f"The limit of {limit} calls in {seconds} seconds is reached. The operator of this server may "
            f"change {setting}, or the limit of this API key.",
            retry_after=wait,
        )


def is_switched_on() -> bool:
    """Whatever OUTBOUND_CALLS_ENABLED says; one database command."""
    switch = OutboundCalls.objects.filter(pk=OutboundCalls.ONLY).order_by().first()
    return switch is None or switch.are_on


def switch_calls(*, on: bool) -> None:
    """For every process, from its next call on."""
    switch = OutboundCalls.objects.filter(pk=OutboundCalls.ONLY)
    switch.find_one_and_update(upsert=True, are_on=on, changed_at=timezone.now())
