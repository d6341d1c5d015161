"""The <Record> verb, and what becomes of a recording: processing, the callbacks, the transcription."""

import asyncio
from dataclasses import dataclass

from .exchange import Exchange
from .interpreter import Interpreter, RecordingCallbacks, Step, UnfinishedRecord
from .line import CalleeHungUp, HangUp
from .models import Call, Recording, Transcription, Webhook, WebTarget
from .payloads import recording_form, transcription_form
from .twiml import Document, Verb

EVENTS = frozenset({"in-progress", "completed", "absent"})
PROCESSING_SECONDS = 2.0
TRANSCRIBING_SECONDS = 4.0
TOO_SHORT, SILENT = 16101, 16102


@dataclass(frozen=True)
class RecordOptions:
    action: WebTarget
    timeout: int
    finish_on_key: str
    max_length: int
    trims: bool
    callbacks: RecordingCallbacks


async def record(interpreter: Interpreter, verb: Verb, document: Document) -> Step | None:
    exchange, call, line = interpreter.exchange, interpreter.call, interpreter.line
    options = _options(interpreter, verb, document)
    recording = begin(exchange, call, "RecordVerb", options.callbacks)
    started = line.elapsed()
    try:
        digits = await _listen(interpreter, options)
    except (HangUp, asyncio.CancelledError):
        recording.duration = _duration(interpreter, options, line.elapsed() - started)
        form = action_form(exchange, recording, "hangup")
        action = Step(options.action, "action", form)
        interpreter.unfinished_record = UnfinishedRecord(recording, options.callbacks, action)
        raise
    recording.duration = _duration(interpreter, options, line.elapsed() - started)
    exchange.background.spawn(process(exchange, recording, options.callbacks))
    if not recording.duration:
        return None  # Twilio: an empty recording does not request the action, the next verb runs
    if not options.action.url:
        interpreter.warn(15004, "<Record> needs an absolute action in TwiML given in the REST request")
        return None
    return Step(options.action, "action", action_form(exchange, recording, digits))


def action_form(exchange: Exchange, recording: Recording, digits: str) -> dict[str, str]:
    return {
        "RecordingUrl": exchange.recording_url(recording),
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.duration),
        "Digits": digits,
    }


def begin(
    exchange: Exchange, call: Call, source: str, callbacks: RecordingCallbacks, channels: int = 1
) -> Recording:
    recording = Recording(call, source, channels)
    exchange.store.add_recording(recording)
    _notify(exchange, recording, callbacks, "in-progress")
    return recording


async def process(exchange: Exchange, recording: Recording, callbacks: RecordingCallbacks) -> None:
    recording.become("processing")
    await _some_time_later(exchange, recording.call, PROCESSING_SECONDS)
    status, error_code = _outcome(recording)
    recording.become("absent" if status == "failed" else status, error_code)
    _notify(exchange, recording, callbacks, status)
    if callbacks.transcribes and status == "completed":
        await _transcribe(exchange, recording, callbacks)


async def _listen(interpreter: Interpreter, options: RecordOptions) -> str:
    """The key that ended the recording, or nothing; raises when the call ended."""
    call, line = interpreter.call, interpreter.line
    await interpreter.stay_if_told()
    talk = call.scenario.talking_time(call.to)
    await line.wait(min(talk, options.max_length))
    if talk >= options.max_length:
        return ""
    if talk and call.scenario.then == "hang_up":
        raise CalleeHungUp
    if talk and call.scenario.then in options.finish_on_key:
        return call.scenario.then
    silence = options.timeout or options.max_length
    await line.wait(min(silence, options.max_length - talk))
    return ""


def _duration(interpreter: Interpreter, options: RecordOptions, elapsed: float) -> int:
    scenario = interpreter.call.scenario
    talk = scenario.talking_time(interpreter.call.to)
    if scenario.stays and not interpreter.exchange.clock.is_instant:
        talk = elapsed
    elif scenario.stays:
        elapsed = talk
    if not talk:
        return 0
    return round(min(talk if options.trims else elapsed, elapsed, options.max_length))


def _options(interpreter: Interpreter, verb: Verb, document: Document) -> RecordOptions:
    attributes = verb.attributes
    transcribes = attributes.get("transcribe") == "true"
    return RecordOptions(
        action=interpreter.target(document, verb, attributes.get("action", "")),
        timeout=interpreter.whole_number(verb, "timeout", 5, code=13611),
        finish_on_key=attributes.get("finishOnKey", "1234567890*#"),
        max_length=interpreter.whole_number(verb, "maxLength", 120 if transcribes else 3600, code=13612),
        trims=attributes.get("trim", "trim-silence") == "trim-silence",
        callbacks=_callbacks(interpreter, verb, document, transcribes),
    )


def _callbacks(
    interpreter: Interpreter, verb: Verb, document: Document, transcribes: bool
) -> RecordingCallbacks:
    attributes = verb.attributes
    url = attributes.get("recordingStatusCallback")
    events = frozenset(attributes.get("recordingStatusCallbackEvent", "completed").split())
    if not events <= EVENTS:
        interpreter.exchange.debugger.error(
            13621, "Invalid 'recordingStatusCallbackEvent'", call_sid=interpreter.call.sid, url=document.url
        )
    transcription_url = attributes.get("transcribeCallback")
    return RecordingCallbacks(
        interpreter.target(document, verb, url, "recordingStatusCallbackMethod") if url else None,
        events & EVENTS,
        transcribes,
        interpreter.resolve(document, transcription_url) if transcription_url else "",
    )


def _outcome(recording: Recording) -> tuple[str, int | None]:
    scenario = recording.call.scenario
    if scenario.recording == "failed":
        return "failed", None
    is_silent = recording.source == "RecordVerb" and not scenario.talking_time(recording.call.to)
    if scenario.recording == "absent" or is_silent:
        return "absent", SILENT
    return ("completed", None) if recording.duration else ("absent", TOO_SHORT)


def _notify(exchange: Exchange, recording: Recording, callbacks: RecordingCallbacks, status: str) -> None:
    wanted = callbacks.events & ({"completed", "absent"} if status == "failed" else {status})
    if callbacks.target is not None and wanted:
        form = recording_form(recording, exchange.recording_url(recording), status)
        exchange.callbacks.fire(Webhook(recording.call, "recording", status, callbacks.target, form))


async def _transcribe(exchange: Exchange, recording: Recording, callbacks: RecordingCallbacks) -> None:
    call = recording.call
    if not 2 < (recording.duration or 0) < 120:
        exchange.warn(call, 13617, "Record: Recording length is out of range for transcription")
        return
    transcription = Transcription(recording)
    exchange.store.add_transcription(transcription)
    await _some_time_later(exchange, call, TRANSCRIBING_SECONDS)
    if recording.status == "deleted":
        exchange.warn(call, 13618, "Record: the recording was deleted before it was transcribed")
        return
    if call.scenario.transcription == "failed":
        transcription.finish("failed", "(blank)")
    else:
        transcription.finish("completed", call.scenario.transcript(call.to))
    if callbacks.transcription_url:
        form = transcription_form(
            transcription, exchange.recording_url(recording), callbacks.transcription_url
        )
        target = WebTarget(callbacks.transcription_url)
        exchange.callbacks.fire(Webhook(call, "transcription", "transcribed", target, form))


async def _some_time_later(exchange: Exchange, call: Call, seconds: float) -> None:
    await exchange.clock.sleep(seconds)
    await exchange.callbacks.told(call.sid)
