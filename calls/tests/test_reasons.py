import pytest

from calls.lifecycle import CallStatus, Submission
from calls.models import Call
from calls.reasons import STATUSES, outcome_label, reason


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "failed", "error_code": 21211}, "not a valid phone number. (Twilio error 21211)"),
        ({"status": "failed", "error_code": 99999, "error_message": "Twilio error 99999: Odd"}, "99999: Odd"),
        ({"status": "failed", "error_code": 99999}, "Twilio error 99999"),
        ({"status": "failed", "submission": Submission.UNAVAILABLE}, "nothing was dialled"),
        ({"status": "initiated", "submission": Submission.UNKNOWN}, "it may have dialled"),
        ({"status": "busy", "sip_response_code": 486}, "The line is busy. (SIP 486)"),
        ({"status": "failed", "sip_response_code": 404}, "does not exist"),
        ({"status": "completed", "sip_response_code": 200}, "ended normally"),
        ({"status": "failed", "sip_response_code": 999}, "could not be connected"),
        ({"status": "canceled", "sip_response_code": 487}, "ended before anybody picked up"),
        ({"status": "no-answer"}, "nobody picked up"),
    ],
)
def test_the_most_telling_reason_is_given(fields: dict[str, object], words: str) -> None:
    accepted = {"submission": Submission.ACCEPTED}
    assert words in reason(Call(**(accepted | fields)))


def test_every_status_has_words() -> None:
    assert set(STATUSES) == set(CallStatus)
    assert all(outcome_label(status) for status in CallStatus)
