from typing import Any

import pytest

from atlas.twilio.hosts import is_twilios

RECORDING = "/2010-04-01/Accounts/AC1/Recordings/RE1"


@pytest.mark.parametrize(
    "url",
    [
        f"https://api.twilio.com{RECORDING}",
        f"https://api.twilio.com:443{RECORDING}.wav?x=1#y",
        f"https://api.dublin.ie1.twilio.com{RECORDING}",
        "https://twilio.com/",
    ],
)
def test_twilios_hosts_are_trusted(url: str) -> None:
    assert is_twilios(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"http://api.twilio.com{RECORDING}",
        f"ftp://api.twilio.com{RECORDING}",
        f"//api.twilio.com{RECORDING}",
        "https://api.twilio.com",
        f"https://api.twilio.com.example.net{RECORDING}",
        f"https://example.net/api.twilio.com{RECORDING}",
        f"https://eviltwilio.com{RECORDING}",
        f"https://api.twilio.com@example.net{RECORDING}",
        f"https://user:secret@api.twilio.com{RECORDING}",
        f"https://example.net\\@api.twilio.com{RECORDING}",
        f"https://example.net#.twilio.com{RECORDING}",
        f"https://example.net?.twilio.com{RECORDING}",
        f"https://api.twilio.com\t.example.net{RECORDING}",
        f"https://api.twilio.com:22{RECORDING}",
        f"https://api.twilio.com{RECORDING}\n",
        f"https://api.twilio.com{RECORDING}é",
        f" https://api.twilio.com{RECORDING}",
        f"https://ap\u0456.twilio.com{RECORDING}",
        "https://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://api.twilio.com/" + "x" * 2000,
    ],
)
def test_nobody_else_is(settings: Any, url: str) -> None:
    settings.TWILIO_API_URL = ""

    assert not is_twilios(url)


def test_the_simulator_is_trusted_while_it_is_in_twilios_place(settings: Any) -> None:
    settings.TWILIO_API_URL = "http://127.0.0.1:8001"
    assert is_twilios(f"http://127.0.0.1:8001{RECORDING}")
    for other in ("http://127.0.0.1:80011/x", "http://127.0.0.1:8001@example.net/", "http://127.0.0.1:8001"):
        assert not is_twilios(other)

    settings.TWILIO_API_URL = ""
    assert not is_twilios(f"http://127.0.0.1:8001{RECORDING}")
