"""Vectors written by hand from Twilio's security page: HMAC-SHA1 over the URL and the sorted parameters."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from atlas.twilio.signatures import signed_form

FORM = "application/x-www-form-urlencoded"
TWILIOS_EXAMPLE = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+12349013030",
    "Digits": "1234",
    "From": "+12349013030",
    "To": "+18005551212",
}


def signed(text: str, token: str = "12345") -> str:
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def posted(path: str, parameters: object, signature: str | None, **headers: str) -> HttpRequest:
    if signature is not None:
        headers["HTTP_X_TWILIO_SIGNATURE"] = signature
    body = parameters if isinstance(parameters, str) else urlencode(parameters, doseq=True)  # type: ignore[arg-type]
    return RequestFactory().post(path, body, content_type=headers.pop("content_type", FORM), **headers)  # type: ignore[arg-type]


def accepts(request: HttpRequest, base_url: str, token: str = "12345", previous: str = "") -> bool:
    with override_settings(
        BASE_URL=base_url, TWILIO_AUTH_TOKEN=token, TWILIO_AUTH_TOKEN_PREVIOUS=previous, ALLOWED_HOSTS=["*"]
    ):
        return signed_form(request) is not None


def test_it_accepts_twilios_own_example() -> None:
    request = posted("/myapp.php?foo=1&bar=2", TWILIOS_EXAMPLE, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert accepts(request, "https://mycompany.com")


@pytest.mark.parametrize("signature", [None, "", "0/KCTR6DLpKmkAf8muzZqo1nDgQ", "nonsense", "ü"])
def test_it_refuses_a_missing_or_wrong_signature(signature: str | None) -> None:
    assert not accepts(posted("/myapp.php?foo=1&bar=2", TWILIOS_EXAMPLE, signature), "https://mycompany.com")


def test_empty_parameters_count() -> None:
    text = "https://atlas.example.com/twilio/statusCallSidCA1CalledCityToCity"
    request = posted("/twilio/status", {"CalledCity": "", "CallSid": "CA1", "ToCity": ""}, signed(text))
    assert accepts(request, "https://atlas.example.com")


def test_the_query_string_counts_byte_for_byte() -> None:
    text = "https://atlas.example.com/twilio/voice?call_id=a%2Bb&recording=trueCallSidCA1"
    request = posted("/twilio/voice?call_id=a%2Bb&recording=true", {"CallSid": "CA1"}, signed(text))
    assert accepts(request, "https://atlas.example.com")
    other = posted("/twilio/voice?call_id=a%2bb&recording=true", {"CallSid": "CA1"}, signed(text))
    assert not accepts(other, "https://atlas.example.com")


@pytest.mark.parametrize("url", ["https://atlas.example.com:8443", "https://atlas.example.com"])
def test_an_unusual_port_is_signed_by_some_products_and_dropped_by_voice(url: str) -> None:
    request = posted("/twilio/status", {"CallSid": "CA1"}, signed(f"{url}/twilio/statusCallSidCA1"))
    assert accepts(request, "https://atlas.example.com:8443")


def test_a_port_counts_over_http() -> None:
    request = posted(
        "/twilio/status", {"CallSid": "CA1"}, signed("http://127.0.0.1:8000/twilio/statusCallSidCA1")
    )
    assert accepts(request, "http://127.0.0.1:8000")


def test_behind_a_proxy_the_public_url_counts_and_forwarded_headers_do_not() -> None:
    right = signed("https://atlas.example.com/twilio/statusCallSidCA1")
    wrong = signed("https://evil.example.net/twilio/statusCallSidCA1")
    proxied = {"HTTP_HOST": "10.0.0.7:8000", "HTTP_X_FORWARDED_HOST": "evil.example.net"}
    for signature, expected in ((right, True), (wrong, False)):
        request = posted("/twilio/status", {"CallSid": "CA1"}, signature, **proxied)
        assert accepts(request, "https://atlas.example.com") is expected


def test_repeated_parameters_and_other_alphabets_are_signed_sorted() -> None:
    text = "https://atlas.example.com/twilio/statusA1A2Bdéjà vu 😀"
    request = posted("/twilio/status", {"B": "déjà vu 😀", "A": ["2", "1"]}, signed(text))
    assert accepts(request, "https://atlas.example.com")


def test_an_added_changed_or_dropped_parameter_is_noticed() -> None:
    signature = signed("https://atlas.example.com/twilio/statusCallSidCA1CallStatusringing")
    for tampered in (
        {"CallSid": "CA1", "CallStatus": "busy"},
        {"CallSid": "CA1"},
        {"CallSid": "CA1", "CallStatus": "ringing", "X": "1"},
    ):
        assert not accepts(posted("/twilio/status", tampered, signature), "https://atlas.example.com")


def test_both_tokens_are_accepted_while_they_are_rotated() -> None:
    text = "https://atlas.example.com/twilio/statusCallSidCA1"
    for token, expected in (("12345", True), ("old", True), ("older", False)):
        request = posted("/twilio/status", {"CallSid": "CA1"}, signed(text, token))
        assert accepts(request, "https://atlas.example.com", previous="old") is expected


def test_an_empty_token_accepts_nobody() -> None:
    text = "https://atlas.example.com/twilio/statusCallSidCA1"
    request = posted("/twilio/status", {"CallSid": "CA1"}, signed(text, ""))
    assert not accepts(request, "https://atlas.example.com", token="")


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x"]
)
def test_a_body_that_the_signature_does_not_cover_is_refused(content_type: str) -> None:
    signature = signed("https://atlas.example.com/twilio/status")
    request = posted("/twilio/status", '{"CallSid": "CA1"}', signature, content_type=content_type)
    assert not accepts(request, "https://atlas.example.com")
