from django.utils import timezone

from atlas.errors import Conflict
from atlas.twilio.errors import TwilioRejected
from atlas.twilio.gateway import CALL_NOT_IN_PROGRESS, gateway
from calls import lifecycle
from calls.lifecycle import FINAL
from calls.models import Call
from calls.services.progress import StatusReport, record_status


class CallAlreadyOver(Conflict):
    code = "call_already_over"


def hang_up(*, call: Call) -> Call:
    """Raises CallAlreadyOver, or TwilioError if Twilio does not do it."""
    if call.is_over or not call.twilio_sid:
        raise CallAlreadyOver(f"The call is already {call.status}.")
    try:
        ended = gateway().hang_up(call.twilio_sid)
    except TwilioRejected as error:
        if error.twilio_code == CALL_NOT_IN_PROGRESS:
            raise CallAlreadyOver("Twilio says that the call is already over.") from error
        raise
    status = lifecycle.call_status(ended.status)
    if status in FINAL:
        # Twilio sends no callback for a call that is canceled while it is queued.
        now = timezone.now()
        report = StatusReport(
            status, at=ended.ended_at or now, source="api", received_at=now, duration=ended.duration
        )
        record_status(call_id=call.call_id, call_sid=call.twilio_sid, report=report)
    return Call.objects.get(pk=call.pk)
