"""Apply, then keep: both can be repeated without harm, so a kill between them loses nothing."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from calls.lifecycle import Outcome
from webhooks.deliveries import Delivery
from webhooks.handlers import HANDLERS, NOTHING, voice_without_call
from webhooks.models import Kind, WebhookEvent

logger = logging.getLogger(__name__)

TO_APPLY_AGAIN = [Outcome.UNMATCHED, Outcome.FAILED]


def receive(delivery: Delivery) -> str:
    """Applies and keeps an authentic delivery, whatever happens inside, and returns the TwiML to answer."""
    outcome, twiml, error = _apply(delivery)
    _keep(delivery, outcome, error)
    return twiml


def _apply(delivery: Delivery) -> tuple[Outcome, str, str | None]:
    try:
        outcome, twiml = HANDLERS[delivery.kind](delivery)
    except Exception as error:
        logger.exception("A %s delivery could not be applied", delivery.kind)
        return Outcome.FAILED, _safe_twiml(delivery), f"{type(error).__name__}: {error}"
    return outcome, twiml, None


def _safe_twiml(delivery: Delivery) -> str:
    return voice_without_call(delivery) if delivery.kind == Kind.VOICE else NOTHING


def _keep(delivery: Delivery, outcome: Outcome, error: str | None) -> None:
    try:
        WebhookEvent.objects.create(
            kind=delivery.kind,
            delivery_key=delivery.key,
            call_id=delivery.call_id,
            call_sid=delivery.call_sid,
            query=delivery.query,
            payload=delivery.payload,
            outcome=outcome,
            error=error,
            received_at=delivery.received_at,
            applied_at=None if outcome in TO_APPLY_AGAIN else timezone.now(),
            expires_at=delivery.received_at + timedelta(days=settings.WEBHOOK_RETENTION_DAYS),
        )
    except IntegrityError:
        _count_again(delivery, outcome, error)


def _count_again(delivery: Delivery, outcome: Outcome, error: str | None) -> None:
    event = WebhookEvent.objects.filter(delivery_key=delivery.key)
    event.update(deliveries=F("deliveries") + 1, **_improved(outcome, error))


def _improved(outcome: Outcome, error: str | None) -> dict[str, Case]:
    """A delivery that could not be applied may be by now; one that was stays as it was."""
    values: dict[str, Any] = {"outcome": outcome, "error": error}
    if outcome not in TO_APPLY_AGAIN:
        values["applied_at"] = timezone.now()
    unapplied = Q(outcome__in=TO_APPLY_AGAIN)
    return {name: Case(When(unapplied, then=Value(value)), default=F(name)) for name, value in values.items()}


def replay(event: WebhookEvent) -> Outcome:
    """Applies a kept delivery again, and keeps what became of it."""
    delivery = Delivery(Kind(event.kind), event.query, event.payload, event.received_at)
    outcome, _, error = _apply(delivery)
    WebhookEvent.objects.filter(pk=event.pk).update(**_improved(outcome, error))
    return outcome
