import zlib
from dataclasses import dataclass
from typing import Any

from .json_fields import Reader, flag, number, one_of, optional, read_fields, text, texts, whole_number

CHARACTERS_PER_SECOND = 15

SENTENCES = (
    "Hello, thanks for calling. My order arrived today and everything is working fine.",
    "Hi, this is a good time. I wanted to ask about the invoice you sent me last week.",
    "Yes, I agree. Please call me back tomorrow morning, any time after nine works for me.",
    "Good afternoon. The agent I spoke to was very helpful and solved my problem at once.",
    "Hello, I am still waiting for the replacement part. Could somebody check the delivery date?",
)


@dataclass(frozen=True)
class Scenario:
    """What the called party, the carrier and Twilio's own services do in a call. Times are telephone seconds.

    `says` of None is a built-in sentence, an empty text a silent callee. `then` is what follows it in a
    `<Record>`: `hang_up`, `stay_silent`, or a key to press. `gather` answers one `<Gather>` after the other,
    with digits or with words. `stays` keeps the call up until it is hung up over REST. `refusal` is the error
    code that the REST API answers with; `answer_lost` dials and then never answers the REST request.
    """

    outcome: str = "answered"
    ring_seconds: float = 2.0
    hang_up_after: float | None = None
    says: str | None = None
    talk_seconds: float | None = None
    then: str = "hang_up"
    stays: bool = False
    gather: tuple[str, ...] = ()
    answered_by: str = "human"
    recording: str = "completed"
    transcription: str = "completed"
    transcription_text: str | None = None
    refusal: int | None = None
    answer_lost: bool = False

    def spoken_words(self, number: str) -> str:
        if self.says is not None:
            return self.says
        return SENTENCES[zlib.crc32(number.encode()) % len(SENTENCES)]

    def talking_time(self, number: str) -> float:
        if self.talk_seconds is not None:
            return self.talk_seconds
        words = self.spoken_words(number)
        return max(3.0, len(words) / CHARACTERS_PER_SECOND) if words else 0.0

    def transcript(self, number: str) -> str:
        return self.transcription_text if self.transcription_text is not None else self.spoken_words(number)


SCENARIO_FIELDS: dict[str, Reader] = {
    "outcome": one_of("answered", "busy", "no-answer", "failed", "canceled", "rings"),
    "ring_seconds": number(0, 600),
    "hang_up_after": optional(number(0, 14_400)),
    "says": optional(text()),
    "talk_seconds": optional(number(0, 14_400)),
    "then": one_of("hang_up", "stay_silent", *"0123456789*#"),
    "stays": flag,
    "gather": texts,
    "answered_by": one_of("human", "machine_start", "machine_end_beep", "fax", "unknown"),
    "recording": one_of("completed", "failed", "absent"),
    "transcription": one_of("completed", "failed"),
    "transcription_text": optional(text()),
    "refusal": optional(whole_number(20_000, 22_000)),
    "answer_lost": flag,
}


def parse_scenario(data: object) -> Scenario:
    values: dict[str, Any] = read_fields(data, SCENARIO_FIELDS)
    return Scenario(**values)
