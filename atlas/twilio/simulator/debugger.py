from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .clock import Clock


@dataclass(frozen=True)
class DebuggerEntry:
    time: datetime
    level: str
    code: int
    message: str
    call_sid: str
    url: str


class Debugger:
    """What Twilio's console shows under "Error logs": problems that no REST answer can tell."""

    def __init__(self, limit: int = 10_000) -> None:
        self._entries: deque[DebuggerEntry] = deque(maxlen=limit)

    def warning(self, code: int, message: str, *, call_sid: str = "", url: str = "") -> None:
        self._entries.append(DebuggerEntry(Clock.now(), "warning", code, message, call_sid, url))

    def error(self, code: int, message: str, *, call_sid: str = "", url: str = "") -> None:
        self._entries.append(DebuggerEntry(Clock.now(), "error", code, message, call_sid, url))

    def clear(self) -> None:
        self._entries.clear()

    def entries(self) -> list[dict[str, Any]]:
        return [asdict(entry) | {"time": entry.time.isoformat()} for entry in self._entries]
