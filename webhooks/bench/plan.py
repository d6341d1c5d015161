"""What one run measures."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Plan:
    """
    Every row at each number of `connections` with `stored` calls in the database, and at `growth_connections`
    with each of `sizes`. A row takes about `seconds`, twice, or sends `requests`.
    """

    stored: int = 10_000
    sizes: list[int] = field(default_factory=lambda: [1_000, 10_000, 100_000])
    connections: list[int] = field(default_factory=lambda: [1, 8, 32])
    growth_connections: int = 8
    seconds: float = 5.0
    requests: int | None = None
    only: list[str] = field(default_factory=list)
    is_embedded: bool = True
    command: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        return cls(**json.loads(text))

    def all_sizes(self) -> list[int]:
        return sorted({self.stored, *self.sizes})

    def connections_at(self, size: int) -> list[int]:
        growth = {self.growth_connections} if size in self.sizes else set()
        return sorted(growth | set(self.connections if size == self.stored else []))

    def wants(self, workload: str) -> bool:
        return not self.only or any(part in workload for part in self.only)
