"""Log lines without personal data and secrets, and with the id of their request."""

import logging
import re
from collections.abc import Sequence

from atlas import phone_numbers
from atlas.api.middleware import current_request_id

HIDDEN = "***"
# +14155550123, 14155550123, +1 (415) 555-0123, %2B14155550123; not the digits inside of a sid.
PHONE = re.compile(
    r"(?<![0-9A-Za-z])(\+|%2B)?([1-9][0-9]{9,14})(?![0-9A-Za-z])|\+[0-9][0-9 ().-]{7,18}[0-9]", re.I
)
EMAIL = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
SECRETS = [
    # The user and password of a MONGO_URI.
    (re.compile(r"(://)[^/\s@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"\b(Api-Key|Bearer|Basic)(\s+|%20)[^\s'\",]+", re.I), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(atlas_[0-9a-f]{12}_)[\w-]+"), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"((?:token|secret|password|signature|authorization|api[_-]?key)['\"]?\s*[=:]\s*['\"]?)"
            r"(?!(?:Api-Key|Bearer|Basic)\b)[^\s'\"&,}]+",
            re.I,
        ),
        rf"\1{HIDDEN}",
    ),
]
# Lines without any of these, which is most of them, cost one search.
SUSPECT = re.compile(r"[0-9]{4}|@|%40|key|bearer|basic|token|secret|password|signature|authorization", re.I)


class MaskPersonalData(logging.Filter):
    """`secrets` are hidden wherever they stand, as they are written."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        # A short one would blacken half of every line.
        self.secrets = [secret for secret in secrets if len(secret) >= 8]

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        record.msg, record.args = self.masked(record.getMessage()), None
        if record.name.startswith("django.security"):
            # Somebody else's mistake, or attack: where in Django it was noticed tells nothing.
            record.exc_info = record.exc_text = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.masked(record.exc_text)
        if record.stack_info:
            record.stack_info = self.masked(record.stack_info)
        return True

    def masked(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        if not SUSPECT.search(text):
            return text
        for pattern, replacement in SECRETS:
            text = pattern.sub(replacement, text)
        return PHONE.sub(_masked_number, EMAIL.sub(HIDDEN, text))


def _masked_number(match: re.Match[str]) -> str:
    plus, digits = match[1] or "", match[2]
    if digits is None:
        plus, digits = "+", re.sub(r"\D", "", match[0])
    return plus + phone_numbers.mask(f"+{digits}")[1:]
