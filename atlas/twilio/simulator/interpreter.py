from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urldefrag, urljoin

from .delivery import WebhookAnswer
from .exchange import Exchange
from .line import HangUp, Line
from .models import Call, Recording, Utterance, Webhook, WebTarget
from .payloads import call_form
from .scenarios import CHARACTERS_PER_SECOND
from .twiml import BadTwiml, Document, Verb, parse_document

APPLICATION_ERROR = "We're sorry, an application error has occurred. Goodbye."
TWIML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
MAX_DOCUMENTS = 100
MAX_LOOPS = 1000
PLAY_SECONDS = 5.0


@dataclass(frozen=True)
class Step:
    """Where the next TwiML comes from: an address to ask (with further parameters), or the text itself."""

    target: WebTarget
    kind: str = "voice"
    form: dict[str, str] = field(default_factory=dict)
    twiml: str = ""


@dataclass(frozen=True)
class RecordingCallbacks:
    target: WebTarget | None
    events: frozenset[str]
    transcribes: bool = False
    transcription_url: str = ""


@dataclass(frozen=True)
class UnfinishedRecord:
    """A `<Record>` in which the call ended: its action and its callbacks are still to come."""

    recording: Recording
    callbacks: RecordingCallbacks
    action: Step


class ScriptFailed(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


VerbHandler = Callable[["Interpreter", Verb, Document], Awaitable[Step | None]]


class Interpreter:
    """Runs TwiML on a call until it ends by HangUp; a verb that hands over answers with the next step."""

    def __init__(self, exchange: Exchange, call: Call, line: Line, verbs: dict[str, VerbHandler]) -> None:
        self.exchange = exchange
        self.call = call
        self.line = line
        self._verbs = verbs
        self.gather_inputs = list(call.scenario.gather)
        self.unfinished_record: UnfinishedRecord | None = None

    async def run(self, step: Step) -> None:
        for _ in range(MAX_DOCUMENTS):
            document = await self._load(step)
            next_step = await self._execute(document)
            if next_step is None:
                await self.stay_if_told()
                raise HangUp
            step = next_step
        await self._fail(
            12400, f"The call was stopped after {MAX_DOCUMENTS} TwiML documents: an endless loop"
        )

    async def stay_if_told(self) -> None:
        if self.call.scenario.stays:
            await self.line.park()

    async def say(self, text: str, voice: str = "man", language: str = "en-US", verb: str = "Say") -> None:
        utterance = Utterance(verb, text, voice, language)
        self.call.utterances.append(utterance)
        seconds = PLAY_SECONDS if verb == "Play" else len(text) / CHARACTERS_PER_SECOND
        await self.line.wait(seconds)
        utterance.finished = True

    def resolve(self, document: Document, reference: str) -> str:
        """An address in a document, against the address the document came from."""
        try:
            return urljoin(urldefrag(document.url).url, reference) if reference else document.url
        except ValueError:
            return reference  # no address at all, as whoever asks it will find out

    def target(self, document: Document, verb: Verb, reference: str, method: str = "method") -> WebTarget:
        wanted = verb.attributes.get(method, "POST").upper()
        return WebTarget(self.resolve(document, reference), "GET" if wanted == "GET" else "POST")

    def whole_number(self, verb: Verb, name: str, default: int, code: int = 12200) -> int:
        text = verb.attributes.get(name)
        if text is None:
            return default
        if text.isascii() and text.isdigit():
            return int(text)
        self.warn(code, f"'{text}' is no value for '{name}' of <{verb.name}>")
        return default

    def warn(self, code: int, message: str, url: str = "") -> None:
        self.exchange.warn(self.call, code, message, url)

    async def _execute(self, document: Document) -> Step | None:
        for warning in document.warnings:
            self.warn(12200, f"Schema validation warning: {warning}", document.url)
        for verb in document.verbs:
            step = await self._verbs[verb.name](self, verb, document)
            if step is not None:
                return step
        return None

    async def _load(self, step: Step) -> Document:
        try:
            return await self._fetch(step)
        except ScriptFailed as failure:
            self._log_error(failure.code, str(failure), step.target.url)
            fallback = self.call.parameters.fallback
            if fallback is None:
                await self._fail_aloud()
            form = {"ErrorCode": str(failure.code), "ErrorUrl": step.target.url}
        try:
            return await self._fetch(Step(fallback, "fallback", form))
        except ScriptFailed as failure:
            self._log_error(failure.code, str(failure), fallback.url)
            await self._fail_aloud()

    async def _fetch(self, step: Step) -> Document:
        if step.twiml:
            return _parse(step.twiml, "")
        if not step.target.url.startswith(("http://", "https://")):
            raise ScriptFailed(11100, f"Invalid URL format: '{step.target.url}'")
        webhook = Webhook(self.call, step.kind, "", step.target, call_form(self.call) | step.form)
        answer = await self.exchange.callbacks.fetch(webhook)
        if not answer.is_success:
            said = f"HTTP {answer.status}" if answer.status else answer.failure
            raise ScriptFailed(answer.code, f"Got {said} from {step.target.url}")
        return _document(answer, step.target.url)

    async def _fail(self, code: int, message: str) -> NoReturn:
        self._log_error(code, message, "")
        await self._fail_aloud()

    async def _fail_aloud(self) -> NoReturn:
        await self.say(APPLICATION_ERROR)
        raise HangUp

    def _log_error(self, code: int, message: str, url: str) -> None:
        self.exchange.debugger.error(code, message, call_sid=self.call.sid, url=url)


def _document(answer: WebhookAnswer, url: str) -> Document:
    """Twilio: XML and HTML types are TwiML, audio is played, plain text is TwiML or else read out."""
    if answer.content_type in TWIML_TYPES:
        return _parse(answer.body, url)
    if answer.content_type.startswith("audio/"):
        return Document((Verb("Play", {}, url),), url)
    if answer.content_type == "text/plain":
        try:
            return parse_document(answer.body, url)
        except BadTwiml:
            return Document((Verb("Say", {}, answer.body.decode(errors="replace")),), url)
    raise ScriptFailed(12300, f"Invalid Content-Type: '{answer.content_type}'")


def _parse(source: bytes | str, url: str) -> Document:
    try:
        return parse_document(source, url)
    except BadTwiml as error:
        raise ScriptFailed(error.code, error.message) from error
