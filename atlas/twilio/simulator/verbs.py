"""What each TwiML verb does, but for <Record>, which has a module of its own."""

from .exchange import Exchange
from .interpreter import MAX_LOOPS, Interpreter, Step, VerbHandler
from .line import HangUp, Line
from .models import Call
from .recording import record
from .twiml import Document, Verb

SAY_LIMIT = 4096
SAY_LIMIT_OF_NEURAL_VOICES = 3000


def new_interpreter(exchange: Exchange, call: Call, line: Line) -> Interpreter:
    return Interpreter(exchange, call, line, VERBS)


async def say(interpreter: Interpreter, verb: Verb, document: Document) -> None:
    voice = verb.attributes.get("voice", "man")
    limit = SAY_LIMIT_OF_NEURAL_VOICES if "." in voice else SAY_LIMIT
    if not verb.text:
        interpreter.warn(13520, "Say: Invalid text", document.url)
        return
    if len(verb.text) > limit:
        interpreter.warn(13521, f"Say: Text too long, only {limit} characters were spoken", document.url)
    for _ in range(_loops(verb)):
        await interpreter.say(verb.text[:limit], voice, verb.attributes.get("language", "en-US"))


async def play(interpreter: Interpreter, verb: Verb, _document: Document) -> None:
    for _ in range(_loops(verb)):
        await interpreter.say(verb.text or verb.attributes.get("digits", ""), verb="Play")


async def pause(interpreter: Interpreter, verb: Verb, _document: Document) -> None:
    await interpreter.line.wait(interpreter.whole_number(verb, "length", 1))


async def redirect(interpreter: Interpreter, verb: Verb, document: Document) -> Step:
    return Step(interpreter.target(document, verb, verb.text), "redirect")


async def hang_up(interpreter: Interpreter, _verb: Verb, _document: Document) -> None:
    await interpreter.stay_if_told()
    raise HangUp


async def reject(interpreter: Interpreter, _verb: Verb, document: Document) -> None:
    interpreter.warn(12200, "<Reject> is for incoming calls; this one was hung up", document.url)
    raise HangUp


async def gather(interpreter: Interpreter, verb: Verb, document: Document) -> Step | None:
    for child in verb.children:
        await VERBS[child.name](interpreter, child, document)
    form = _gathered(interpreter, verb)
    if form is None:
        await interpreter.line.wait(interpreter.whole_number(verb, "timeout", 5))
        if verb.attributes.get("actionOnEmptyResult") != "true":
            return None
        form = {"Digits": ""}
    return Step(interpreter.target(document, verb, verb.attributes.get("action", "")), "gather", form)


def _gathered(interpreter: Interpreter, verb: Verb) -> dict[str, str] | None:
    if not interpreter.gather_inputs:
        return None
    given = interpreter.gather_inputs.pop(0)
    wanted = verb.attributes.get("input", "dtmf").split()
    if given.strip("0123456789*#") == "":
        digits = given.split(verb.attributes.get("finishOnKey", "#") or None)[0] if given else ""
        length = interpreter.whole_number(verb, "numDigits", len(digits))
        return {"Digits": digits[:length]} if digits and "dtmf" in wanted else None
    return {"SpeechResult": given, "Confidence": "0.9"} if "speech" in wanted else None


def _loops(verb: Verb) -> int:
    text = verb.attributes.get("loop", "1")
    count = int(text) if text.isascii() and text.isdigit() else 1
    return min(count or MAX_LOOPS, MAX_LOOPS)


VERBS: dict[str, VerbHandler] = {
    "Say": say,
    "Play": play,
    "Pause": pause,
    "Record": record,
    "Gather": gather,
    "Redirect": redirect,
    "Reject": reject,
    "Hangup": hang_up,
}
