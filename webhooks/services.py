"""
Apply, then keep: both can be repeated without harm, so a kill between them loses nothing. What the database
does not take in time waits in the journal, and what comes after it queues behind it.
"""

from __future__ import annotations

import logging
import sqlite3
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import pymongo
from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.utils import timezone

from atlas.breaker import CircuitBreaker
from atlas.errors import Unavailable
from atlas.mongodb.expressions import IfNull
from atlas.mongodb.prepared import PreparedUpdate
from atlas.mongodb.slots import Parameter
from calls.lifecycle import Outcome
from webhooks.deliveries import Delivery, MalformedDelivery
from webhooks.handlers import HANDLERS, without_database
from webhooks.journal import journal
from webhooks.models import Kind, WebhookEvent

logger = logging.getLogger(__name__)

TO_APPLY_AGAIN = [Outcome.UNMATCHED, Outcome.FAILED]
# A call waits for the answer to these, so they never queue, and no error of ours may end the call.
AWAITED = (Kind.VOICE, Kind.VOICE_ENDED)

database_breaker = CircuitBreaker(pause=5.0)


class JournalUnavailable(Unavailable):
    """Neither the database nor the disk takes the delivery: Twilio has to send it again."""


class Result(NamedTuple):
    outcome: Outcome
    twiml: str
    error: str | None = None


def receive(delivery: Delivery) -> str:
    """
    Applies and keeps an authentic delivery, whatever happens inside, and returns the TwiML to answer.
    Raises JournalUnavailable.
    """
    twiml = None
    if not _has_to_wait(delivery):
        try:
            with pymongo.timeout(settings.WEBHOOK_TIMEOUT_MS / 1000):
                result = apply(delivery)
                twiml = result.twiml
                keep(delivery, result)
        except DatabaseError as error:
            database_breaker.failed()
            logger.error("The database did not take a %s delivery: %s", delivery.kind, error)
        except Exception:
            logger.exception("A %s delivery could not be kept", delivery.kind)
        else:
            database_breaker.succeeded()
            return twiml
    _put_off(delivery)
    return without_database(delivery) if twiml is None else twiml


def _has_to_wait(delivery: Delivery) -> bool:
    try:
        has_queue = delivery.kind not in AWAITED and journal().has_queue()
    except (sqlite3.Error, OSError):
        # Any order of deliveries has the same end; the queue only keeps the history tidy.
        logger.exception("The journal cannot be read")
        has_queue = False
    return has_queue or not database_breaker.allows()


def _put_off(delivery: Delivery) -> None:
    try:
        journal().write(delivery)
    except (sqlite3.Error, OSError) as error:
        logger.exception("The journal did not take a %s delivery", delivery.kind)
        if delivery.kind not in AWAITED:
            raise JournalUnavailable("The delivery cannot be kept. Send it again.") from error


def apply(delivery: Delivery) -> Result:
    """Raises DatabaseError if it is the database's fault that nothing came of it."""
    try:
        return Result(*_handled(delivery))
    except DatabaseError as error:
        if not isinstance(error, IntegrityError):
            raise
        return failed(delivery, error)
    except Exception as error:  # noqa: BLE001 - the webhook's edge: the error is kept with its delivery
        return failed(delivery, error)


def _handled(delivery: Delivery) -> tuple[Outcome, str]:
    try:
        return HANDLERS[delivery.kind](delivery)
    except IntegrityError:
        # Two that arrive together may both want to be the first; there is one by now.
        return HANDLERS[delivery.kind](delivery)


def failed(delivery: Delivery, error: Exception) -> Result:
    # What is wrong with a malformed one it says itself.
    trace = None if isinstance(error, MalformedDelivery) else error
    logger.error("A %s delivery could not be applied: %s", delivery.kind, error, exc_info=trace)
    return Result(Outcome.FAILED, without_database(delivery), f"{type(error).__name__}: {error}")


def keep(delivery: Delivery, result: Result) -> None:
    """Once, however often it is delivered."""
    values = {
        "delivery_key": delivery.key,
        "kind": delivery.kind,
        "call_id": delivery.call_id,
        "call_sid": delivery.call_sid,
        "query": delivery.query,
        "payload": delivery.payload,
        "consent": delivery.consent,
        "received_at": delivery.received_at,
        "expires_at": delivery.received_at + timedelta(days=settings.WEBHOOK_RETENTION_DAYS),
        **_became_of_it(result),
    }
    try:
        _keeping()(**values)
    except IntegrityError:  # two that arrive together both want to be the first; there is one by now
        _keeping()(**values)


@cache
def _keeping() -> PreparedUpdate:
    kept = ("kind", "call_id", "call_sid", "query", "payload", "consent", "received_at", "expires_at")
    became = {name: Parameter(name, WebhookEvent._meta.get_field(name)) for name in BECAME}
    # The very one that is kept already is one whose first insert was taken for lost.
    is_the_same = When(received_at=Parameter("received_at", DateTimeField()), then=F("deliveries"))
    changes: dict[str, Any] = {name: IfNull(name, Parameter(name)) for name in kept} | _improved(became)
    changes["deliveries"] = Case(is_the_same, default=IfNull("deliveries", 0) + 1)
    events = WebhookEvent.objects.filter(delivery_key=Parameter("delivery_key"))
    return events.prepared_update(upsert=True, **changes)


BECAME = ("outcome", "error", "applied_at")


def _became_of_it(result: Result) -> dict[str, Any]:
    applied_at = None if result.outcome in TO_APPLY_AGAIN else timezone.now()
    return dict(zip(BECAME, (result.outcome, result.error, applied_at), strict=True))


def _improved(values: dict[str, Any]) -> dict[str, Case]:
    """A delivery that could not be applied may be by now; one that was stays as it was."""
    unapplied = Q(outcome=None) | Q(outcome__in=TO_APPLY_AGAIN)
    return {name: Case(When(unapplied, then=value), default=F(name)) for name, value in values.items()}


def delivery_of(event: WebhookEvent) -> Delivery:
    return Delivery(Kind(event.kind), event.query, event.payload, event.received_at, event.consent)


def replay(event: WebhookEvent) -> Outcome:
    """Applies a kept delivery again, and keeps what became of it. Raises DatabaseError."""
    result = apply(delivery_of(event))
    values = {name: Value(value) for name, value in _became_of_it(result).items()}
    WebhookEvent.objects.filter(pk=event.pk).update(**_improved(values))
    return result.outcome
