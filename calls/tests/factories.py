from itertools import count
from typing import Any

from django.utils import timezone

from atlas.phone_numbers import reversed_digits
from calls.lifecycle import Submission
from calls.models import Call, Recording

numbers = count(1)


def call_sid() -> str:
    return f"CA{next(numbers):032x}"


def recording_sid() -> str:
    return f"RE{next(numbers):032x}"


def make_call(**changes: Any) -> Call:
    values: dict[str, Any] = {
        "twilio_sid": call_sid(),
        "user_external_id": "user-1",
        "to_number": "+14155550123",
        "from_number": "+15005550006",
        "submission": Submission.ACCEPTED,
        "status_history": [],
        "created_at": timezone.now(),
        "updated_at": timezone.now(),
        "sync_after": timezone.now(),
    }
    values |= changes
    return Call.objects.create(to_digits_reversed=reversed_digits(values["to_number"]), **values)


def make_recording(call: Call, **changes: Any) -> Recording:
    values: dict[str, Any] = {
        "call": call,
        "call_sid": call.twilio_sid,
        "twilio_sid": recording_sid(),
        "status": "completed",
        "recording_status": "completed",
        "duration": 12,
        "created_at": timezone.now(),
    }
    return Recording.objects.create(**values | changes)
