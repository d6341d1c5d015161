"""What Twilio says of a call, written in one atomic update each, so that any order and repetition will do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from atlas.mongodb.expressions import AppendOnce, IfNull
from calls import lifecycle
from calls.lifecycle import FINAL, CallStatus, Outcome, Submission
from calls.models import Call, Consent, StatusChange
from calls.services.daily import note_late_change

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
    before = _change_reported_call(call_id, call_sid, _moved_to(report), report.received_at)
    if before is None:
        return Outcome.UNMATCHED
    note_late_change(before.created_at)
    seen = [change.status for change in before.status_history or []]
    return lifecycle.outcome(report.status, current=_believed(before), seen=seen)


def serve_voice(*, call_id: str | None, call_sid: str, with_consent: bool, at: datetime) -> Call | None:
    """The call that was answered, with the evidence of its consent message kept; None if it is not known."""
    consent = Consent(text=settings.CONSENT_MESSAGE, served_at=at)
    changes = {"consent": IfNull("consent", consent)} if with_consent else {}
    return _change_reported_call(call_id, call_sid, changes, at)


def _change_reported_call(
    call_id: str | None, call_sid: str, changes: dict[str, Any], at: datetime
) -> Call | None:
    """The call as it was: found by our id from the webhook's URL, else by Twilio's."""
    calls = Call.objects.filter(call_id=call_id) if call_id else Call.objects.filter(twilio_sid=call_sid)
    before = calls.find_one_and_update(
        only_if=Q(twilio_sid=call_sid) | Q(twilio_sid=None), **_accepted_by_twilio(call_sid, at), **changes
    )
    return before if before and before.twilio_sid in (None, call_sid) else None


def _believed(call: Call) -> CallStatus:
    """A call that failed because Twilio seemed to be away is open again as soon as Twilio reports of it."""
    return CallStatus.INITIATED if call.submission == Submission.UNAVAILABLE else CallStatus(call.status)


def _accepted_by_twilio(call_sid: str, at: datetime) -> dict[str, Any]:
    """Whatever Twilio reports of a call, it has accepted it: this settles a submission that timed out."""
    return {
        "twilio_sid": IfNull("twilio_sid", call_sid),
        "submission": Submission.ACCEPTED,
        "updated_at": Greatest("updated_at", Value(at)),
    }


def _moved_to(report: StatusReport) -> dict[str, Any]:
    change = StatusChange(
        status=report.status,
        at=report.at,
        received_at=report.received_at,
        sequence=report.sequence,
        source=report.source,
    )
    moves = Q(status__in=lifecycle.before(report.status)) | Q(submission=Submission.UNAVAILABLE)
    changes: dict[str, Any] = {
        "status": Case(When(moves, then=Value(report.status)), default=F("status")),
        "status_history": AppendOnce("status_history", change, key="status"),
    }
    if report.status == CallStatus.IN_PROGRESS:
        changes["answered_at"] = IfNull("answered_at", report.at)
    if report.status in FINAL:
        # Another end than the one that is known changes nothing: a finished call stays finished.
        ends = moves | Q(status=report.status)
        at_end = {"status_history": changes["status_history"]} | _ending(report)
        changes |= {name: Case(When(ends, then=value), default=F(name)) for name, value in at_end.items()}
    return changes


def _ending(report: StatusReport) -> dict[str, Any]:
    known = {
        "ended_at": report.at,
        "duration": report.duration,
        "sip_response_code": report.sip_response_code,
    }
    return {name: IfNull(name, value) for name, value in known.items() if value is not None}


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
