import hmac
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator, add_port, remove_port


def auth_tokens() -> list[str]:
    """The tokens that may sign: during a rotation the old one goes on signing until it is retired."""
    return [token for token in (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_PREVIOUS) if token]


def is_signed_by_twilio(request: HttpRequest) -> bool:
    """
    Twilio signs the URL as it was configured, so the public BASE_URL counts and never a Host or X-Forwarded
    header. Only a form is covered by the signature: any other body could be anybody's.
    """
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature or request.content_type != "application/x-www-form-urlencoded":
        return False
    query = request.META.get("QUERY_STRING", "")
    url = settings.BASE_URL + request.path + (f"?{query}" if query else "")
    # In constant time; the comparison of the SDK is not.
    return any(hmac.compare_digest(each.encode(), signature.encode()) for each in _signatures(url, request))


def _signatures(url: str, request: HttpRequest) -> Iterator[str]:
    """All that are right: Twilio's voice product leaves the port of an https URL out, others do not."""
    parsed = urlsplit(url)
    for token in auth_tokens():
        for each in dict.fromkeys((remove_port(parsed), add_port(parsed))):
            yield RequestValidator(token).compute_signature(each, request.POST)
