from calls.errors import CallNotFound, RecordingNotFound
from calls.models import Call, Recording


def call_with_sid(call_sid: str) -> Call:
    """Raises CallNotFound."""
    call = Call.objects.filter(twilio_sid=call_sid).first()
    if call is None:
        raise CallNotFound("Call not found")
    return call


def recording_with_sid(recording_sid: str) -> Recording:
    """Raises RecordingNotFound."""
    recording = Recording.objects.filter(twilio_sid=recording_sid).first()
    if recording is None:
        raise RecordingNotFound("Recording not found")
    return recording
