"""What a call's status is, and what may follow what. Pure: no database, no Twilio."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import TextChoices


class CallStatus(TextChoices):
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    CANCELED = "canceled"


class Submission(TextChoices):
    """What became of asking Twilio to place the call."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class RecordingStatus(TextChoices):
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    ABSENT = "absent"


class Outcome(TextChoices):
    """What a delivery did to what we know."""

    APPLIED = "applied"
    REPEATED = "repeated"
    LATE = "late"
    UNMATCHED = "unmatched"
    FAILED = "failed"


RANK = {CallStatus.INITIATED: 0, CallStatus.RINGING: 1, CallStatus.IN_PROGRESS: 2} | dict.fromkeys(
    (CallStatus.COMPLETED, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.BUSY, CallStatus.CANCELED), 3
)
FINAL_RANK = 3
FINAL = [status for status, rank in RANK.items() if rank == FINAL_RANK]
OPEN = [status for status, rank in RANK.items() if rank < FINAL_RANK]


def call_status(twilio_status: str) -> CallStatus:
    """
    Twilio's `queued` is our `initiated`, and `answered` is the event whose status is `in-progress`.
    Raises ValueError for a word that is not Twilio's.
    """
    return CallStatus({"queued": "initiated", "answered": "in-progress"}.get(twilio_status, twilio_status))


def recording_status(twilio_status: str) -> RecordingStatus:
    """Twilio's in-progress, paused, stopped and processing all mean that the audio is not there yet."""
    if twilio_status == "deleted":
        return RecordingStatus.ABSENT
    return RecordingStatus(twilio_status) if twilio_status in RecordingStatus else RecordingStatus.PROCESSING


def before(status: CallStatus) -> list[CallStatus]:
    """The statuses that `status` may replace; none of them is final, so a finished call stays finished."""
    return [earlier for earlier, rank in RANK.items() if rank < RANK[status]]


def outcome(status: CallStatus, *, current: CallStatus, seen: Collection[str]) -> Outcome:
    """What `status` does to a call that is `current` and has reported the statuses in `seen`."""
    if status in seen:
        return Outcome.REPEATED
    if RANK[status] > RANK[current] or status == current:
        return Outcome.APPLIED
    return Outcome.LATE
