"""Documents as Atlas writes them, made by its models and stored in large steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

from bson import ObjectId
from django.db import connection, models
from django.utils import timezone

from atlas.phone_numbers import reversed_digits
from calls.lifecycle import CallStatus, Outcome, RecordingStatus, Submission
from calls.models import Call, Consent, Recording, StatusChange, Transcription
from feedback.models import SCORES, Feedback
from webhooks.bench.forms import status_form
from webhooks.bench.subjects import FIRST_NEW, Subject
from webhooks.models import Kind, WebhookEvent

STEP = 500
USERS = 5000
# Of twenty calls: how many ended how.
ENDS = [CallStatus.COMPLETED] * 16 + [CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.NO_ANSWER]
ENDS += [CallStatus.FAILED]
RATED_OF_TWENTY = 5
SCRIPT = "Hello, this is a reminder of your appointment tomorrow. Press one to keep it, or stay on the line."
CONSENT = "This call may be recorded for quality assurance and training purposes."
TRANSCRIPT = "Yes, I agree. Please call me back tomorrow morning, any time after nine works for me."
WAY = (CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS)

Model = TypeVar("Model", bound=models.Model)


def store_calls(first: int, end: int, *, advance: Callable[[int], None]) -> None:
    """The calls numbered from `first` to before `end`, each with its recording and a delivery."""
    for start in range(first, end, STEP):
        subjects = [Subject(number) for number in range(start, min(start + STEP, end))]
        Call.objects.bulk_create(map(stored_call, subjects))
        answered = [subject for subject in subjects if end_of(subject) == CallStatus.COMPLETED]
        Recording.objects.bulk_create(map(stored_recording, answered))
        WebhookEvent.objects.bulk_create(map(stored_delivery, subjects))
        advance(len(subjects))


def store_new_calls(subjects: Sequence[Subject]) -> None:
    """Calls that Twilio has just accepted and not yet reported of."""
    waiting = iter(subjects)
    while step := list(islice(waiting, STEP)):
        Call.objects.bulk_create(map(new_call, step))


def remove_new() -> None:
    """All that came after the stored calls."""
    for model in (Call, Recording, WebhookEvent):
        collection = connection.get_collection(model._meta.db_table)  # type: ignore[attr-defined]
        collection.delete_many({"_id": {"$gte": ObjectId(f"{FIRST_NEW:024x}")}})


def end_of(subject: Subject) -> CallStatus:
    return ENDS[subject.number % len(ENDS)]


def new_call(subject: Subject) -> Call:
    now = timezone.now()
    return Call(
        pk=subject.key,
        call_id=subject.call_id,
        twilio_sid=subject.call_sid,
        to_number=subject.phone_number,
        to_digits_reversed=reversed_digits(subject.phone_number),
        from_number="+15005550006",
        user_external_id=f"user-{subject.number % USERS}",
        script=SCRIPT,
        submission=Submission.ACCEPTED,
        status_history=[],
        created_at=now,
        updated_at=now,
        sync_after=now,
    )


def stored_call(subject: Subject) -> Call:
    call, end, start = new_call(subject), end_of(subject), subject.created_at
    call.status, call.created_at, call.sync_after = end, start, None
    call.ended_at = call.updated_at = start + timedelta(seconds=60)
    call.status_history = _history(subject, [*WAY, end] if end == CallStatus.COMPLETED else [*WAY[:2], end])
    if end == CallStatus.COMPLETED:
        call.answered_at, call.duration = start + timedelta(seconds=20), 40
        call.consent = Consent(text=CONSENT, served_at=start)
        call.recording_status, call.recording_url = RecordingStatus.COMPLETED, recording_url(subject)
    if subject.number % 20 < RATED_OF_TWENTY:
        call.feedback = _feedback(subject)
        call.worst_score = min(getattr(call.feedback, score) for score in SCORES)
    return call


def _history(subject: Subject, statuses: Iterable[CallStatus]) -> list[StatusChange]:
    times = (subject.created_at + timedelta(seconds=20 * step) for step in range(4))
    return [
        StatusChange(status=status, at=at, received_at=at, sequence=sequence, source="webhook")
        for sequence, (status, at) in enumerate(zip(statuses, times, strict=False))
    ]


def _feedback(subject: Subject) -> Feedback:
    scores: dict[str, Any] = {name: 1 + (subject.number + place) % 5 for place, name in enumerate(SCORES)}
    return Feedback(**scores, notes="Friendly, and quick.", feedback_provided_at=subject.created_at)


def recording_url(subject: Subject) -> str:
    return f"https://api.twilio.com/2010-04-01/Accounts/AC{0:032x}/Recordings/{subject.recording_sid}"


def stored_recording(subject: Subject) -> Recording:
    return Recording(
        pk=subject.key,
        call_id=subject.key,
        call_sid=subject.call_sid,
        twilio_sid=subject.recording_sid,
        recording_url=recording_url(subject),
        recording_status="completed",
        status=RecordingStatus.COMPLETED,
        duration=30,
        channels=1,
        source="RecordVerb",
        transcription=Transcription(sid=f"TR{subject.number:032x}", text=TRANSCRIPT, status="completed"),
        created_at=subject.created_at,
        updated_at=subject.created_at,
    )


def stored_delivery(subject: Subject) -> WebhookEvent:
    """The last one of each call. A real call has seven; one stands for them, so that seeding ends in time."""
    at = subject.created_at
    return WebhookEvent(
        pk=subject.key,
        kind=Kind.STATUS,
        delivery_key=f"{subject.number:064x}",
        call_id=subject.call_id,
        call_sid=subject.call_sid,
        query={"call_id": subject.call_id},
        payload=status_form(subject, end_of(subject), sequence=3),
        outcome=Outcome.APPLIED,
        received_at=at,
        applied_at=at,
        expires_at=timezone.now() + timedelta(days=90),
    )
