"""Why a call ended as it did, in plain words for the staff. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlas.logging import MaskPersonalData
from calls.lifecycle import CallStatus, Submission

if TYPE_CHECKING:
    from calls.models import Call

WITHOUT_NUMBERS = MaskPersonalData()
# https://www.twilio.com/docs/api/errors
TWILIO_ERRORS = {
    13224: "Twilio does not call this number, or it is not valid.",
    13225: "Twilio has blocked this number.",
    13227: "The account may not call this country: allow it in Twilio's geographic permissions.",
    20003: "Twilio did not accept our credentials.",
    20404: "Twilio does not know it.",
    20429: "Too many requests to Twilio at a time: try again in a moment.",
    20500: "Twilio had a problem of its own: try again in a moment.",
    21210: "The number that we call from is not verified with Twilio.",
    21211: "The number is not a valid phone number.",
    21212: "The number that we call from is not valid.",
    21213: "No number to call from was given.",
    21214: "The number cannot be reached.",
    21215: "The account may not call this country: allow it in Twilio's geographic permissions.",
    21216: "Twilio has blocked this number.",
    21217: "The number does not seem to be a phone number.",
    21219: "A trial account calls verified numbers only.",
    21220: "The call was over already.",
}
# RFC 3261 and, from 607, RFC 8197 and 8688.
SIP_RESPONSES = {
    400: "The carrier did not understand the request.",
    403: "The carrier refused the call.",
    404: "The number does not exist, or the carrier does not know it.",
    408: "The carrier did not answer in time.",
    410: "The number is no longer in use.",
    480: "The phone is switched off or out of reach.",
    484: "The number is not complete.",
    486: "The line is busy.",
    487: "It rang, and nobody picked up in time.",
    488: "The carrier could not agree on a voice format.",
    500: "The carrier had a problem.",
    502: "The carrier had a problem.",
    503: "The carrier is overloaded or down: try again later.",
    504: "The carrier did not answer in time.",
    600: "The line is busy.",
    603: "The call was declined.",
    604: "The number does not exist.",
    607: "The person has marked our calls as unwanted.",
    608: "A call-blocking service rejected the call.",
}
# A canceled call has the carrier's 487 as well, and it was we who ended it.
CARRIERS_WORD = (CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED)
STATUSES = {
    CallStatus.INITIATED: "Twilio has the call and is about to dial.",
    CallStatus.RINGING: "The phone is ringing.",
    CallStatus.IN_PROGRESS: "Somebody picked up; the call is going on.",
    CallStatus.COMPLETED: "Somebody picked up, and the call ended normally.",
    CallStatus.BUSY: "The line was busy.",
    CallStatus.NO_ANSWER: "It rang, and nobody picked up.",
    CallStatus.FAILED: "The call could not be connected.",
    CallStatus.CANCELED: "The call was ended before anybody picked up.",
}
SUBMISSIONS = {
    Submission.PENDING: "It is being handed to Twilio.",
    Submission.UNAVAILABLE: "Twilio could not be reached, so nothing was dialled.",
    Submission.UNKNOWN: "Twilio did not answer in time: it may have dialled. Sync with Twilio to find out.",
}
LABELS = {
    CallStatus.INITIATED: "Initiated",
    CallStatus.RINGING: "Ringing",
    CallStatus.IN_PROGRESS: "In progress",
    CallStatus.COMPLETED: "Answered",
    CallStatus.BUSY: "Busy",
    CallStatus.NO_ANSWER: "No answer",
    CallStatus.FAILED: "Failed",
    CallStatus.CANCELED: "Canceled",
}


def outcome_label(status: str) -> str:
    return LABELS[CallStatus(status)]


def reason(call: Call) -> str:
    """The most telling of what is known: Twilio's error, the carrier's answer, else the status."""
    if call.error_code in TWILIO_ERRORS:
        return f"{TWILIO_ERRORS[call.error_code]} (Twilio error {call.error_code})"
    if call.error_code:
        # Twilio's words repeat the number, which not everybody may see.
        return WITHOUT_NUMBERS.masked(call.error_message or f"Twilio error {call.error_code}")
    if call.submission in SUBMISSIONS:
        return SUBMISSIONS[Submission(call.submission)]
    if call.status in CARRIERS_WORD and call.sip_response_code in SIP_RESPONSES:
        return f"{SIP_RESPONSES[call.sip_response_code]} (SIP {call.sip_response_code})"
    return STATUSES[CallStatus(call.status)]
