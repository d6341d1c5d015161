"""TwiML documents: parsing and checking, nothing is carried out here."""

from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

SIZE_LIMIT = 64 * 1024

_CALLBACK = {"recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent"}
ATTRIBUTES: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Pause": frozenset({"length"}),
    "Play": frozenset({"loop", "digits"}),
    "Record": frozenset(
        {"action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim", "transcribe"}
        | {"transcribeCallback", "recordingConfigurationId"}
        | _CALLBACK
    ),
    "Gather": frozenset(
        {"action", "method", "input", "timeout", "speechTimeout", "maxSpeechTime", "finishOnKey", "numDigits"}
        | {"hints", "language", "speechModel", "enhanced", "profanityFilter", "partialResultCallback"}
        | {"partialResultCallbackMethod", "actionOnEmptyResult", "bargeIn", "debug"}
    ),
    "Redirect": frozenset({"method"}),
    "Reject": frozenset({"reason"}),
    "Hangup": frozenset(),
}
NESTED = {"Gather": frozenset({"Say", "Play", "Pause"})}


class BadTwiml(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Verb:
    name: str
    attributes: dict[str, str]
    text: str = ""
    children: tuple["Verb", ...] = ()


@dataclass(frozen=True)
class Document:
    """`url` is the address it came from, empty for TwiML given in the REST request."""

    verbs: tuple[Verb, ...]
    url: str = ""
    warnings: list[str] = field(default_factory=list)


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, *_: Any) -> None:
        raise BadTwiml(12100, "Document parse failure: a document type declaration is not allowed")


def parse_document(source: bytes | str, url: str = "") -> Document:
    """Raises BadTwiml with Twilio's error code: 11750 for more than 64 kB, 12100 for what is no TwiML."""
    if len(source) > SIZE_LIMIT:
        raise BadTwiml(11750, "TwiML response body too large")
    parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314
    try:
        parser.feed(source)
        root = parser.close()
    except ElementTree.ParseError as error:
        raise BadTwiml(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise BadTwiml(12100, f"Document parse failure: the root is <{root.tag}>, not <Response>")
    warnings: list[str] = []
    verbs = tuple(_verb(element, frozenset(ATTRIBUTES), warnings) for element in root)
    return Document(tuple(verb for verb in verbs if verb is not None), url, warnings)


def _verb(element: ElementTree.Element, allowed: frozenset[str], warnings: list[str]) -> Verb | None:
    name = element.tag
    if name not in allowed:
        warnings.append(f"<{name}> is not a verb that can be carried out here; it was skipped")
        return None
    unknown = sorted(set(element.attrib) - ATTRIBUTES[name])
    warnings.extend(
        f"Attribute '{attribute}' is not allowed to appear in element '{name}'" for attribute in unknown
    )
    children: tuple[Verb, ...] = ()
    if name in NESTED:
        nested = (_verb(child, NESTED[name], warnings) for child in element)
        children = tuple(child for child in nested if child is not None)
    text = "" if name in NESTED else "".join(element.itertext()).strip()
    return Verb(name, dict(element.attrib), text, children)
