"""What Twilio says of a call, written in one atomic update each, so that any order and repetition will do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Case, DateTimeField, F, Q, When
from django.db.models.functions import Greatest
from django.utils import timezone

from atlas.mongodb.expressions import Append, Contains, IfNull
from atlas.mongodb.prepared import PreparedFind, PreparedUpdate
from atlas.mongodb.slots import Parameter
from calls import lifecycle
from calls.lifecycle import FINAL, CallStatus, Outcome, Submission
from calls.models import Call, Consent, StatusChange
from calls.services.daily import is_late, note_late_change

UNSETTLED = [Submission.PENDING, Submission.UNKNOWN]


@dataclass(frozen=True)
class StatusReport:
    """
    `at` is by Twilio's clock, `received_at` by ours, `duration` in seconds; the SIP response code is that of
    the carrier, such as 486 for busy.
    """

    status: CallStatus
    at: datetime
    source: str
    received_at: datetime
    sequence: int | None = None
    duration: int | None = None
    sip_response_code: int | None = None


def record_status(*, call_id: str | None, call_sid: str, report: StatusReport) -> Outcome:
    ending = {"duration": report.duration, "sip_response_code": report.sip_response_code}
    known = {name: value for name, value in ending.items() if value is not None and report.status in FINAL}
    values = {
        "call_id": call_id,
        "twilio_sid": call_sid,
        "change": _change(report),
        "at": report.at,
        "received_at": report.received_at,
        **known,
    }
    moved = _move(report.status, _key(call_id), frozenset(known))(**values)
    if not moved.found:
        return Outcome.UNMATCHED
    if not moved.changed:
        return _record_late_status(report.status, values)
    if report.source != "webhook" or is_late(report.at):
        _note_late_change(call_sid)
    return Outcome.APPLIED


def _note_late_change(call_sid: str) -> None:
    if call := _call_with_sid()(twilio_sid=call_sid):
        note_late_change(call.created_at)


def _change(report: StatusReport) -> StatusChange:
    return StatusChange(
        status=report.status,
        at=report.at,
        received_at=report.received_at,
        sequence=report.sequence,
        source=report.source,
    )


def _record_late_status(status: CallStatus, values: dict[str, Any]) -> Outcome:
    if status in FINAL:
        # Another end than the one that is known changes nothing: a finished call stays finished.
        call = _call_with_sid()(**values)
        if call is None:
            return Outcome.UNMATCHED
        seen = [change.status for change in call.status_history or []]
        return lifecycle.outcome(status, current=CallStatus(call.status), seen=seen)
    added = _late_addition(status)(**values)
    if not added.found:
        return Outcome.UNMATCHED
    return Outcome.LATE if added.changed else Outcome.REPEATED


def serve_voice(*, call_id: str | None, call_sid: str, consent: str | None, at: datetime) -> Call | None:
    """
    The call that was answered, with the evidence kept of the text that asked for consent; None if it is not
    known.
    """
    call = _call_to_serve(_key(call_id))(call_id=call_id, twilio_sid=call_sid)
    if call is None or call.twilio_sid not in (None, call_sid):
        return None
    if consent is not None and call.consent is None:
        call.consent = Consent(text=consent, served_at=at)
        _consent()(pk=call.pk, twilio_sid=call_sid, consent=call.consent, received_at=at)
    return call


def _key(call_id: str | None) -> str:
    """Our id from the webhook's URL finds the call, else Twilio's."""
    return "call_id" if call_id else "twilio_sid"


@cache
def _call_with_sid() -> PreparedFind[Call]:
    calls = Call.objects.filter(twilio_sid=Parameter("twilio_sid"))
    return calls.prepared_find("status", "status_history", "created_at")


@cache
def _call_to_serve(key: str) -> PreparedFind[Call]:
    calls = Call.objects.filter(**{key: Parameter(key)})
    return calls.prepared_find("call_id", "twilio_sid", "script", "consent")


@cache
def _consent() -> PreparedUpdate:
    consent = IfNull("consent", Parameter("consent"))
    return Call.objects.filter(pk=Parameter("pk", Call._meta.pk)).prepared_update(
        only_if=IS_ITS_CALL, consent=consent, **_accepted_by_twilio()
    )


@cache
def _move(status: CallStatus, key: str, known: frozenset[str]) -> PreparedUpdate:
    """To a status that the call has not had; what is `known` of an end may come when the end is no news."""
    is_new = ~Q(Contains("status_history", key="status", value=status))
    moves = Q(status__in=lifecycle.before(status)) | Q(submission=Submission.UNAVAILABLE)
    is_there = Q(status=status)
    applies = is_new & (moves | is_there)
    for name in sorted(known):
        applies |= is_there & Q(**{name: None})
    changes = {
        "status": status,
        "status_history": Case(When(is_new, then=_with_change()), default=F("status_history")),
        **{name: IfNull(name, Parameter(name)) for name in known},
        **_times(status),
        **_accepted_by_twilio(),
    }
    calls = Call.objects.filter(**{key: Parameter(key)})
    return calls.prepared_update(only_if=IS_ITS_CALL & applies, **changes)


@cache
def _late_addition(status: CallStatus) -> PreparedUpdate:
    return Call.objects.filter(twilio_sid=Parameter("twilio_sid")).prepared_update(
        only_if=~Q(Contains("status_history", key="status", value=status)),
        status_history=_with_change(),
        **_times(status),
        **_accepted_by_twilio(),
    )


def _with_change() -> Append:
    return Append("status_history", Parameter("change"))


def _times(status: CallStatus) -> dict[str, Any]:
    if status in FINAL:
        return {"ended_at": IfNull("ended_at", Parameter("at"))}
    return {"answered_at": IfNull("answered_at", Parameter("at"))} if status == CallStatus.IN_PROGRESS else {}


# A call whose submission timed out has no SID yet; one of another call's would be a mistake.
IS_ITS_CALL = Q(twilio_sid=Parameter("twilio_sid")) | Q(twilio_sid=None)


def _accepted_by_twilio() -> dict[str, Any]:
    """Whatever Twilio reports of a call, it has accepted it: this settles a submission that timed out."""
    return {
        "twilio_sid": IfNull("twilio_sid", Parameter("twilio_sid")),
        "submission": Submission.ACCEPTED,
        "updated_at": Greatest("updated_at", Parameter("received_at", DateTimeField())),
    }


def mark_synced(*, call: Call, sync_after: datetime | None) -> None:
    """Twilio was asked; it is asked again after `sync_after`, if at all."""
    Call.objects.filter(pk=call.pk).update(synced_at=timezone.now(), sync_after=sync_after)


def mark_complete(*, calls: list[Call]) -> None:
    """There is nothing about these calls that Twilio would have to be asked."""
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(sync_after=None)


def mark_never_received(*, call: Call) -> None:
    """Should Twilio report of the call after all, it is open again."""
    Call.objects.filter(pk=call.pk, submission__in=UNSETTLED).update(
        status=CallStatus.FAILED,
        submission=Submission.UNAVAILABLE,
        error_message="Twilio never received this call.",
    )
    note_late_change(call.created_at)
