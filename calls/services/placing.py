from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from atlas.errors import AtlasError, Conflict
from atlas.mongodb.expressions import IfNull
from atlas.phone_numbers import mask, reversed_digits, to_e164
from atlas.twilio.errors import TwilioError, TwilioOutcomeUnknown, TwilioRejected, TwilioUnavailable
from atlas.twilio.gateway import gateway
from calls.admission import SERVER, Caller, admit
from calls.lifecycle import CallStatus, Submission
from calls.models import Call
from calls.number_rules import check_number

logger = logging.getLogger(__name__)

# Twilio: connection overrides in the fragment, in milliseconds. By default a 500 or a time-out is not tried
# again, and all tries together have 15 seconds.
DELIVERY_RETRIES = "#rc=2&rp=ct,rt,5xx&ct=2000&rt=4500"


class IdempotencyMismatch(AtlasError):
    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IdempotencyConflict(Conflict):
    code = "idempotency_key_in_use"
    retry_after = 1


@dataclass(frozen=True)
class CallRequest:
    """`to` in any form with a country code; raises InvalidInput from place_call if it is no number."""

    to: str
    user_external_id: str
    script: str | None = None
    recording_enabled: bool = True

    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()


def place_call(*, request: CallRequest, idempotency_key: str | None = None, caller: Caller = SERVER) -> Call:
    """
    Saves the call, then asks Twilio for it, so that a callback which overtakes Twilio's answer finds it.
    With a known `idempotency_key` nothing is dialled and the first answer is given again. Raises
    InvalidInput, CallRefused, CallLimitReached, IdempotencyMismatch, IdempotencyConflict and TwilioError.
    """
    to_number = to_e164(request.to, field="to")
    with _logged_refusal(caller, to_number):
        check_number(to_number)
    now = timezone.now()
    call = Call(
        to_number=to_number,
        to_digits_reversed=reversed_digits(to_number),
        user_external_id=request.user_external_id,
        from_number=settings.TWILIO_FROM_NUMBER,
        script=request.script,
        recording_enabled=request.recording_enabled,
        idempotency_key=idempotency_key,
        idempotency_fingerprint=request.fingerprint() if idempotency_key else None,
        status_history=[],
        created_at=now,
        updated_at=now,
        sync_after=now,
    )
    try:
        call.save(force_insert=True)
    except IntegrityError:
        if idempotency_key is None:
            raise
        return _answer_again(idempotency_key, request)
    _admit(call, caller)
    return _submit(call)


def _admit(call: Call, caller: Caller) -> None:
    """Asked once it is clear that the request is no repetition. A refused call leaves no trace."""
    try:
        with _logged_refusal(caller, call.to_number):
            admit(caller)
    except AtlasError:
        call.delete()
        raise


@contextmanager
def _logged_refusal(caller: Caller, number: str) -> Iterator[None]:
    try:
        yield
    except AtlasError as refusal:
        logger.warning("A call of %s to %s was refused: %s", caller.name, mask(number), refusal)
        raise


def _submit(call: Call) -> Call:
    try:
        placed = gateway().place_call(
            to=call.to_number,
            voice_url=_webhook_url("voice", call, recording=str(bool(call.recording_enabled)).lower()),
            status_url=_webhook_url("status", call),
        )
    except TwilioRejected as error:
        _give_up(call, Submission.REJECTED, error, code=error.twilio_code)
        raise
    except TwilioUnavailable as error:
        _give_up(call, Submission.UNAVAILABLE, error)
        raise
    except TwilioOutcomeUnknown as error:
        _settle(call, submission=Submission.UNKNOWN)
        raise _unknown(call.call_id) from error
    _settle(call, submission=Submission.ACCEPTED, twilio_sid=IfNull("twilio_sid", placed.sid))
    call.twilio_sid, call.submission = placed.sid, Submission.ACCEPTED
    return call


def _webhook_url(event: str, call: Call, **query: str) -> str:
    parameters = urlencode({"call_id": call.call_id, **query})
    return f"{settings.BASE_URL}/twilio/{event}?{parameters}{DELIVERY_RETRIES}"


def _settle(call: Call, **changes: Any) -> None:
    """Does nothing if a callback overtook Twilio's answer and has settled the call already."""
    Call.objects.filter(pk=call.pk, submission=Submission.PENDING).update(
        updated_at=timezone.now(), **changes
    )


def _give_up(call: Call, submission: Submission, error: TwilioError, *, code: int | None = None) -> None:
    _settle(
        call,
        submission=submission,
        status=CallStatus.FAILED,
        error_code=code,
        error_message=str(error),
    )


def _unknown(call_id: str) -> TwilioOutcomeUnknown:
    return TwilioOutcomeUnknown(
        f"Twilio did not answer in time, so call {call_id} may have been placed. Do not place it again: "
        "its status will be settled by Twilio's callbacks or by sync_calls."
    )


def _answer_again(idempotency_key: str, request: CallRequest) -> Call:
    call = Call.objects.get(idempotency_key=idempotency_key)
    if call.idempotency_fingerprint != request.fingerprint():
        raise IdempotencyMismatch("This Idempotency-Key was used with another request. Use a new key.")
    if call.submission == Submission.PENDING:
        raise IdempotencyConflict("The first request with this Idempotency-Key is still running.")
    if call.submission == Submission.REJECTED:
        raise TwilioRejected(call.error_message or "", twilio_code=call.error_code or 0)
    if call.submission == Submission.UNAVAILABLE:
        raise TwilioUnavailable(call.error_message or "")
    if call.submission == Submission.UNKNOWN:
        raise _unknown(call.call_id)
    return call
