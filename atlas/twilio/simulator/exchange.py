import asyncio
from dataclasses import dataclass, field

from .background import Background
from .callbacks import Callbacks
from .clock import Clock
from .config import API_VERSION, SimulatorConfig
from .debugger import Debugger
from .delivery import WebhookSender
from .faults import Faults
from .models import Call, Recording
from .scenarios import Scenario
from .store import Store


@dataclass
class Exchange:
    """The parts that every call shares. `base_url` is known once the server listens."""

    config: SimulatorConfig
    base_url: str = ""
    calls_per_second: float = 0.0
    scenarios: dict[str, Scenario] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock(self.config.speed)
        self.calls_per_second = self.config.calls_per_second
        self.debugger = Debugger()
        self.background = Background()
        self.store = Store(self.config.max_calls)
        self.faults = Faults()
        self.sender = WebhookSender(self.config.auth_token, self.debugger)
        self.callbacks = Callbacks(self.sender, self.faults, self.background, self.clock, self.debugger)
        self._next_dial = 0.0

    def seconds_until_dialed(self) -> float:
        """Takes the next place in the queue of calls; real seconds, 0 without a limit."""
        if not self.calls_per_second:
            return 0.0
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next_dial)
        self._next_dial = slot + 1 / self.calls_per_second
        return slot - now

    def limit_calls_per_second(self, limit: float) -> None:
        self.calls_per_second = limit
        self._next_dial = 0.0

    def account_path(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.config.account_sid}"

    def recording_url(self, recording: Recording) -> str:
        return f"{self.base_url}{self.account_path()}/Recordings/{recording.sid}"

    def warn(self, call: Call, code: int, message: str, url: str = "") -> None:
        self.debugger.warning(code, message, call_sid=call.sid, url=url)
