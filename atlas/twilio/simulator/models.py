from dataclasses import dataclass, field
from datetime import datetime

from .clock import Clock
from .scenarios import Scenario
from .sids import new_sid

TERMINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(frozen=True)
class WebTarget:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class CallParameters:
    """What the REST client asked for. A wrong StatusCallbackEvent leaves `callback_events` empty."""

    voice: WebTarget | None
    twiml: str = ""
    fallback: WebTarget | None = None
    status_callback: WebTarget | None = None
    callback_events: frozenset[str] = frozenset({"completed"})
    timeout: int = 60
    time_limit: int = 14_400
    record: bool = False
    recording_channels: int = 1
    recording_callback: WebTarget | None = None
    recording_events: frozenset[str] = frozenset({"completed"})
    detects_machines: bool = False


@dataclass(frozen=True)
class StatusChange:
    status: str
    at: datetime


@dataclass
class Utterance:
    """What the called party heard. `finished` is false when the call ended in the middle of it."""

    verb: str
    text: str
    voice: str = ""
    language: str = ""
    finished: bool = False


@dataclass(frozen=True)
class Attempt:
    at: datetime
    seconds: float
    status: int | None
    failure: str


@dataclass
class Delivery:
    """One webhook. `outcome` is pending, held, lost, accepted, refused, failed or abandoned."""

    kind: str
    event: str
    url: str
    method: str
    form: dict[str, str]
    idempotency_token: str
    outcome: str = "pending"
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class Transcription:
    recording: "Recording"
    sid: str = field(default_factory=lambda: new_sid("TR"))
    status: str = "in-progress"
    text: str | None = None
    created_at: datetime = field(default_factory=Clock.now)
    updated_at: datetime = field(default_factory=Clock.now)

    def finish(self, status: str, text: str) -> None:
        self.status, self.text, self.updated_at = status, text, Clock.now()


@dataclass
class Recording:
    """`duration` is None until it is over. `failed` is a status of the webhook only, never of REST."""

    call: "Call"
    source: str
    channels: int = 1
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "in-progress"
    duration: int | None = None
    error_code: int | None = None
    started_at: datetime = field(default_factory=Clock.now)
    updated_at: datetime = field(default_factory=Clock.now)
    media_requests: int = 0
    transcriptions: list[Transcription] = field(default_factory=list)

    def become(self, status: str, error_code: int | None = None) -> None:
        self.status, self.error_code, self.updated_at = status, error_code, Clock.now()


@dataclass
class Call:
    account_sid: str
    to: str
    from_number: str
    parameters: CallParameters
    scenario: Scenario
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    created_at: datetime = field(default_factory=Clock.now)
    updated_at: datetime = field(default_factory=Clock.now)
    dialed_at: datetime | None = None
    ended_at: datetime | None = None
    duration: int = 0
    queue_milliseconds: int = 0
    answered_by: str | None = None
    callbacks_fired: int = 0
    history: list[StatusChange] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.note("queued")

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL_STATUSES

    def note(self, status: str) -> None:
        """Adds to the history; `initiated` is there but never the status that REST shows."""
        self.updated_at = Clock.now()
        self.history.append(StatusChange(status, self.updated_at))

    def become(self, status: str) -> None:
        self.status = status
        self.note(status)


@dataclass(frozen=True)
class Webhook:
    """A request to be sent to the account's owner about a call."""

    call: Call
    kind: str
    event: str
    target: WebTarget
    form: dict[str, str]
