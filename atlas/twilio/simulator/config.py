import re
from dataclasses import dataclass, field

API_VERSION = "2010-04-01"
ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
E164 = re.compile(r"\+[1-9][0-9]{7,14}")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class SimulatorConfig:
    """How a simulator is started.

    `speed` is telephone seconds per real second; 0 means that nobody ever waits. `calls_per_second` of 0 is
    no limit. `phone_numbers` are the numbers the account may call from. `public_url` is the address that
    clients and webhooks are told when it differs from `http://host:port`. `max_calls` bounds memory: beyond
    it the oldest finished calls are forgotten.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8001
    speed: float = 1.0
    calls_per_second: float = 0.0
    phone_numbers: tuple[str, ...] = ("+15005550006",)
    public_url: str = ""
    require_media_auth: bool = True
    max_calls: int = 10_000
    exit_with_parent: bool = False

    def __post_init__(self) -> None:
        for is_wrong, message in self._complaints():
            if is_wrong:
                raise ValueError(message)

    def _complaints(self) -> list[tuple[bool, str]]:
        return [
            (not ACCOUNT_SID.fullmatch(self.account_sid), "account_sid must be AC and 32 hexadecimal digits"),
            (not self.auth_token, "auth_token must not be empty"),
            (not 0 <= self.port <= 65535, "port must be 0 to 65535"),
            (not 0 <= self.speed <= 10_000, "speed must be 0 to 10000"),
            (not 0 <= self.calls_per_second <= 10_000, "calls_per_second must be 0 to 10000"),
            (not self.phone_numbers, "phone_numbers must name at least one number"),
            (
                not all(E164.fullmatch(n) for n in self.phone_numbers),
                "phone_numbers must be E.164: +15005550006",
            ),
            (self.max_calls < 1, "max_calls must be at least 1"),
        ]

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS
