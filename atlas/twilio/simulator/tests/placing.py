from typing import Any

from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from .receiver import Receiver

ALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
FROM = "+15005550006"
CALLEE = "+14155550123"

SAY_AND_RECORD = (
    '<Say voice="alice">This call may be recorded.</Say>'
    '<Say voice="alice">How are you?</Say>'
    '<Record maxLength="3600" timeout="5" trim="trim-silence" transcribe="true" '
    'transcribeCallback="/recording" '
    'recordingStatusCallback="/recording" recordingStatusCallbackMethod="POST" '
    'recordingStatusCallbackEvent="completed absent" action="/ended?call_id=1"/>'
    "<Hangup/>"
)


def place(client: Client, receiver: Receiver, to: str = CALLEE, **options: Any) -> CallInstance:
    """Calls with every status callback; the TwiML is at /voice, unless the options say otherwise."""
    settings: dict[str, Any] = {
        "to": to,
        "from_": FROM,
        "url": receiver.url("/voice?call_id=1"),
        "status_callback": receiver.url("/status?call_id=1"),
        "status_callback_event": ALL_EVENTS,
    }
    return client.calls.create(
        **{name: value for name, value in (settings | options).items() if value is not None}
    )
