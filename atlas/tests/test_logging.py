import io
import logging
from collections.abc import Callable

import pytest

from atlas.logging import MaskPersonalData

TOKEN = "0123456789abcdef0123456789abcdef"
mask = MaskPersonalData([TOKEN, ""]).masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to +14155550123", "to +1415*****23"),
        ("to 14155550123.", "to 1415*****23."),
        ("To=%2B14155550123&From=x", "To=%2B1415*****23&From=x"),
        ("To=%2b14155550123", "To=%2b1415*****23"),
        ("+1 (415) 555-0123", "+1415*****23"),
        ("+44 20 7183 8750", "+4420******50"),
        ("{'to': '+14155550123', 'x': 1}", "{'to': '+1415*****23', 'x': 1}"),
        ("two: +14155550123,+14155550124", "two: +1415*****23,+1415*****24"),
        ("for ada@example.com", "for ***"),
        ("email=ada%40example.com&x", "email=***&x"),
        ("mongodb+srv://root:hunter2@db.example.com/x", "mongodb+srv://***@db.example.com/x"),
        ("Authorization: Api-Key atlas_0123456789ab_secret-part", "Authorization: Api-Key ***"),
        ("Authorization: Basic QUM6dG9rZW4=", "Authorization: Basic ***"),
        ("'Authorization': 'Bearer ey.J.x'", "'Authorization': 'Bearer ***'"),
        ("made atlas_0123456789ab_Abc-_9", "made atlas_0123456789ab_***"),
        ("auth_token='abc'", "auth_token='***'"),
        ("X-Twilio-Signature: 0/KCTR6DLpKmkAf8muzZqo1nDgQ=", "X-Twilio-Signature: ***"),
        ("password=hunter2&next=/", "password=***&next=/"),
        (f"with {TOKEN} in it", "with *** in it"),
    ],
)
def test_it_hides_people_and_secrets(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Watching for file changes",
        "CA00112233445566778899aabbccddeeff is completed",
        "GET /calls/CA01234567890123456789012345678901 200 in 35 ms",
        "65b8f0c2a7e4d1b3c5f60718",
        "2026-01-31 12:00:00,123 took 12345 us",
        "2026-01-31T12:00:00.000+00:00",
        "monkey business",
    ],
)
def test_it_leaves_the_rest_alone(text: str) -> None:
    assert mask(text) == text


@pytest.fixture
def log() -> tuple[logging.Logger, Callable[[], str]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskPersonalData([TOKEN]))
    handler.setFormatter(logging.Formatter("[{request_id}] {message}", style="{"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, stream.getvalue


def test_arguments_are_masked_where_they_meet_the_text(log: tuple[logging.Logger, Callable[[], str]]) -> None:
    logger, printed = log

    logger.info("call to +%s by %s", 14155550123, {"email": "ada@example.com"})

    assert "call to +1415*****23 by {'email': '***'}\n" in printed()


def test_exceptions_are_masked(log: tuple[logging.Logger, Callable[[], str]]) -> None:
    logger, printed = log

    try:
        raise ValueError(f"no call to +14155550123 with {TOKEN}")
    except ValueError:
        logger.exception("failed", stack_info=True)

    assert "Traceback" in printed()
    assert "ValueError: no call to +1415*****23 with ***" in printed()
    assert "14155550123" not in printed()
