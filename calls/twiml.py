"""What Twilio is told to do when the called person answers. Pure: texts and URLs in, TwiML out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

# Twilio: a <Say> holds 3000 characters with a Polly voice, and 4500 once they are URL-encoded (13521).
SAY_CHARACTERS = 3000
SAY_ENCODED_CHARACTERS = 4500
# XML 1.0 has no way to write these.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SENTENCE_END = re.compile(r"[.!?…。！？]+[\"')\]]*\s+")  # noqa: RUF001


@dataclass(frozen=True)
class Voice:
    name: str
    language: str = ""

    def attributes(self) -> dict[str, str]:
        return {"voice": self.name, **({"language": self.language} if self.language else {})}


@dataclass(frozen=True)
class RecordingUrls:
    """`callback` hears of the recording and of its transcription, `ended` is asked what comes after it."""

    callback: str
    ended: str


def spoken(*messages: str, voice: Voice, recording: RecordingUrls | None = None) -> str:
    """The messages one after the other, then the recording if there is to be one, then the end."""
    response = Element("Response")
    for message in messages:
        for piece in say_pieces(message):
            SubElement(response, "Say", voice.attributes()).text = piece
    if recording:
        SubElement(response, "Record", _record_attributes(recording))
    SubElement(response, "Hangup")
    return _document(response)


def ended() -> str:
    response = Element("Response")
    SubElement(response, "Hangup")
    return _document(response)


def _record_attributes(urls: RecordingUrls) -> dict[str, str]:
    # Without an action Twilio asks the same URL again, and the greeting loops.
    return {
        "maxLength": "3600",
        "timeout": "5",
        "trim": "trim-silence",
        "transcribe": "true",
        "transcribeCallback": urls.callback,
        "recordingStatusCallback": urls.callback,
        "recordingStatusCallbackMethod": "POST",
        "recordingStatusCallbackEvent": "completed absent",
        "action": urls.ended,
    }


def _document(response: Element) -> str:
    # Twilio refuses a document with anything before the declaration (12100).
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(response, encoding="unicode")


def say_pieces(message: str) -> Iterator[str]:
    """`message` in pieces that one <Say> may hold, cut at the end of a sentence where there is one."""
    rest = UNWRITABLE.sub("", message).strip()
    while rest:
        cut = _cut(rest)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()


def _cut(text: str) -> int:
    longest = _longest_that_fits(text)
    if longest == len(text):
        return longest
    head = text[: longest + 1]
    sentence_ends = [
        end.end() for end in SENTENCE_END.finditer(head) if len(head[: end.end()].rstrip()) <= longest
    ]
    return sentence_ends[-1] if sentence_ends else max(head.rfind(" "), 0) or longest


def _longest_that_fits(text: str) -> int:
    text = text[:SAY_CHARACTERS]
    if _encoded_length(text) <= SAY_ENCODED_CHARACTERS:
        return len(text)
    fitting = bisect_right(
        range(len(text)), SAY_ENCODED_CHARACTERS, key=lambda length: _encoded_length(text[:length])
    )
    return fitting - 1


def _encoded_length(text: str) -> int:
    return len(quote(text))
