"""What each kind of delivery does. Each may run again at any time: a repetition changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from calls import lifecycle, services, twiml
from calls.lifecycle import Outcome
from calls.models import Transcription
from calls.services import RecordingReport, StatusReport
from webhooks.deliveries import Delivery, MalformedDelivery
from webhooks.models import Kind

Handler = Callable[[Delivery], tuple[Outcome, str]]

NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def handle_voice(delivery: Delivery) -> tuple[Outcome, str]:
    call = services.serve_voice(
        call_id=delivery.call_id,
        call_sid=delivery.word("CallSid"),
        consent=delivery.consent,
        at=delivery.received_at,
    )
    if call is None:
        return Outcome.UNMATCHED, voice_without_call(delivery)
    message = call.script or settings.DEFAULT_MESSAGE
    if delivery.consent is None:
        return Outcome.APPLIED, twiml.spoken(message, voice=_voice())
    urls = twiml.RecordingUrls(
        callback=f"{settings.BASE_URL}/twilio/recording",
        ended=f"{settings.BASE_URL}/twilio/voice/ended?call_id={call.call_id}",
    )
    consent = call.consent.text if call.consent else delivery.consent
    return Outcome.APPLIED, twiml.spoken(consent, message, voice=_voice(), recording=urls)


def voice_without_call(delivery: Delivery) -> str:
    """For a call that cannot be looked up: nothing is recorded, as there is nothing to attach it to."""
    consent = [delivery.consent] if delivery.consent else []
    return twiml.spoken(*consent, settings.DEFAULT_MESSAGE, voice=_voice())


def handle_voice_ended(_: Delivery) -> tuple[Outcome, str]:
    return Outcome.APPLIED, twiml.ended()


def handle_status(delivery: Delivery) -> tuple[Outcome, str]:
    report = StatusReport(
        status=_status(delivery),
        at=delivery.time("Timestamp"),
        received_at=delivery.received_at,
        source="webhook",
        sequence=delivery.integer("SequenceNumber"),
        duration=delivery.integer("CallDuration"),
        sip_response_code=delivery.integer("SipResponseCode"),
    )
    call_sid = delivery.word("CallSid")
    return services.record_status(call_id=delivery.call_id, call_sid=call_sid, report=report), NOTHING


def handle_recording(delivery: Delivery) -> tuple[Outcome, str]:
    report = RecordingReport(
        recording_sid=delivery.sid("RecordingSid"),
        status=delivery.word("RecordingStatus"),
        url=delivery.payload.get("RecordingUrl"),
        duration=delivery.integer("RecordingDuration"),
        channels=delivery.integer("RecordingChannels"),
        source=delivery.payload.get("RecordingSource"),
    )
    call_sid = delivery.word("CallSid")
    return services.record_recording(call_sid=call_sid, report=report, at=delivery.received_at), NOTHING


def handle_transcription(delivery: Delivery) -> tuple[Outcome, str]:
    transcription = Transcription(
        sid=delivery.sid("TranscriptionSid"),
        text=delivery.payload.get("TranscriptionText"),
        status=delivery.word("TranscriptionStatus"),
    )
    outcome = services.record_transcription(
        call_sid=delivery.word("CallSid"),
        recording_sid=delivery.sid("RecordingSid"),
        transcription=transcription,
        at=delivery.received_at,
    )
    return outcome, NOTHING


HANDLERS: dict[Kind, Handler] = {
    Kind.VOICE: handle_voice,
    Kind.VOICE_ENDED: handle_voice_ended,
    Kind.STATUS: handle_status,
    Kind.RECORDING: handle_recording,
    Kind.TRANSCRIPTION: handle_transcription,
}


def without_database(delivery: Delivery) -> str:
    """What can be answered without looking anything up."""
    if delivery.kind == Kind.VOICE:
        return voice_without_call(delivery)
    return twiml.ended() if delivery.kind == Kind.VOICE_ENDED else NOTHING


def _status(delivery: Delivery) -> lifecycle.CallStatus:
    word = delivery.word("CallStatus")
    try:
        return lifecycle.call_status(word)
    except ValueError as error:
        raise MalformedDelivery("CallStatus is not one of Twilio's") from error


def _voice() -> twiml.Voice:
    return twiml.Voice(settings.VOICE, settings.VOICE_LANGUAGE)
