import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from ..signatures import sign, signed_url

FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+12349013030",
    "Digits": "1234",
    "From": "+12349013030",
    "To": "+18005551212",
}


def test_it_makes_the_signature_of_twilios_example() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, FORM) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("http://h:8000/p?a=1#rc=2", "http://h:8000/p?a=1"),
        ("https://h:8443/p", "https://h/p"),
        ("https://me:secret@h:8443/p", "https://h/p"),
        ("http://[::1]:8000/p", "http://[::1]:8000/p"),
        ("https://[::1]:8443/p", "https://[::1]/p"),
    ],
)
def test_what_is_signed_of_an_address(url: str, signed: str) -> None:
    assert signed_url(url) == signed


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=8), st.text(min_size=1))
def test_twilios_own_validator_agrees(form: dict[str, str], token: str) -> None:
    url = "https://example.com/status?call_id=1"
    assert RequestValidator(token).validate(url, form, sign(token, url, form))
