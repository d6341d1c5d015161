"""What somebody may type into the one search box, and the calls it means, each found by an index."""

from __future__ import annotations

import re

from django.db.models import QuerySet

from calls.models import Call, Recording
from users.models import User

CALL_SID = re.compile(r"CA[0-9a-f]{32}", re.IGNORECASE)
RECORDING_SID = re.compile(r"RE[0-9a-f]{32}", re.IGNORECASE)
CALL_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NUMBER = re.compile(r"\+?[(0-9][0-9 ().\-/\u00a0\u2011]*")
FEWEST_DIGITS = 4
MOST_DIGITS = 15
# What begins with some digits lies between these and these with a colon, the character after 9.
AFTER_DIGITS = ":"


def find_calls(calls: QuerySet[Call], text: str) -> QuerySet[Call]:
    """`calls` that `text` means: one filter that is an equality or a prefix of an indexed field."""
    text = text.strip()
    if CALL_SID.fullmatch(text):
        return calls.filter(twilio_sid=_sid(text))
    if RECORDING_SID.fullmatch(text):
        return _looked_up(calls.filter(pk__in=_call_of(_sid(text))))
    if CALL_ID.fullmatch(text):
        return calls.filter(call_id=text.lower())
    if "@" in text:
        return _looked_up(calls.filter(user_external_id__in=[text, *_users_with(text)]))
    digits = re.sub(r"\D", "", text)
    if NUMBER.fullmatch(text) and FEWEST_DIGITS <= len(digits) <= MOST_DIGITS + 2:
        return _calls_to(calls, text, digits)
    return calls.filter(user_external_id=text)


def _calls_to(calls: QuerySet[Call], text: str, digits: str) -> QuerySet[Call]:
    if text.startswith("+"):
        return calls.filter(to_number=f"+{digits}")
    if text.startswith("00"):
        return calls.filter(to_number=f"+{digits[2:]}")
    if text == digits and Call.objects.filter(user_external_id=text).exists():
        return _looked_up(calls.filter(user_external_id=text))
    # A whole number without its + ends with itself.
    ending = digits[::-1]
    return _looked_up(
        calls.filter(to_digits_reversed__gte=ending, to_digits_reversed__lt=ending + AFTER_DIGITS)
    )


def _call_of(recording_sid: str) -> list[object]:
    return list(Recording.objects.filter(twilio_sid=recording_sid).values_list("call_id", flat=True))


def _users_with(email: str) -> list[str]:
    return [str(pk) for pk in User.objects.filter(email=email.lower()).values_list("pk", flat=True)]


def _sid(text: str) -> str:
    return text[:2].upper() + text[2:].lower()


def _looked_up(calls: QuerySet[Call]) -> QuerySet[Call]:
    """One command was spent already, so a list that has more pages does not count them."""
    calls.is_looked_up = True  # type: ignore[attr-defined]
    return calls
