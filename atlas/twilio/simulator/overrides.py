from dataclasses import dataclass
from urllib.parse import parse_qsl

RETRY_REASONS = frozenset({"4xx", "5xx", "ct", "rt", "all"})
TOTAL_LIMIT = 15.0


@dataclass(frozen=True)
class ConnectionOverrides:
    """How a webhook is delivered; times are real seconds. The defaults are Twilio's."""

    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    total_timeout: float = TOTAL_LIMIT

    def retries_after(self, reason: str) -> bool:
        return reason in self.retry_on or "all" in self.retry_on


@dataclass(frozen=True)
class Endpoint:
    url: str
    overrides: ConnectionOverrides
    problems: tuple[tuple[int, str], ...] = ()


def parse_endpoint(url: str) -> Endpoint:
    """Takes `https://host/path#rc=2&rp=ct,5xx` apart.

    A fragment that is no connection override stays unheeded, a wrong value leaves the default and is a
    problem for the debugger (Twilio: "Webhooks: connection overrides").
    """
    address, _, fragment = url.partition("#")
    found = dict(parse_qsl(fragment))
    problems: list[tuple[int, str]] = []
    default = ConnectionOverrides()
    overrides = ConnectionOverrides(
        retries=int(_number(found, "rc", default.retries, 0, 5, problems)),
        retry_on=_policy(found, default.retry_on, problems),
        connect_timeout=_number(found, "ct", 5000, 100, 10_000, problems) / 1000,
        read_timeout=_number(found, "rt", 15_000, 100, 15_000, problems) / 1000,
        total_timeout=_number(found, "tt", 15_000, 100, 15_000, problems) / 1000,
    )
    return Endpoint(address, overrides, tuple(problems))


def _number(
    found: dict[str, str], name: str, default: float, least: int, most: int, problems: list[tuple[int, str]]
) -> float:
    text = found.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    problems.append((11100, f"Connection override {name}={text} is not a number from {least} to {most}"))
    return default


def _policy(
    found: dict[str, str], default: frozenset[str], problems: list[tuple[int, str]]
) -> frozenset[str]:
    if "rp" not in found:
        return default
    reasons = frozenset(found["rp"].split(","))
    if reasons <= RETRY_REASONS:
        return reasons
    problems.append((11243, f"HTTP retry policy is invalid: {found['rp']}"))
    return default
