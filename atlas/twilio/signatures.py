from __future__ import annotations

import hmac
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator, add_port, remove_port

from atlas.twilio.forms import FORM, Form


def auth_tokens() -> list[str]:
    """The tokens that may sign: during a rotation the old one goes on signing until it is retired."""
    return [token for token in (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_PREVIOUS) if token]


def signed_form(request: HttpRequest) -> Form | None:
    """
    The parameters, if it was Twilio that signed them. It signs the URL as it was configured, so the public
    BASE_URL counts and never a Host or X-Forwarded header. Only a form is covered by it: any other
    body could be anybody's. Raises as Form.of.
    """
    signature = request.META.get("HTTP_X_TWILIO_SIGNATURE", "")
    if not signature or request.content_type != FORM:
        return None
    query = request.META.get("QUERY_STRING", "")
    path, form = request.path + (f"?{query}" if query else ""), Form.of(request)
    # In constant time; the comparison of the SDK is not.
    is_right = any(hmac.compare_digest(each.encode(), signature.encode()) for each in _signatures(path, form))
    return form if is_right else None


def _signatures(path: str, form: Form) -> Iterator[str]:
    """All that are right, the likeliest first."""
    for token in auth_tokens():
        for base_url in _base_urls(settings.BASE_URL):
            yield RequestValidator(token).compute_signature(base_url + path, form)


@lru_cache(maxsize=1)
def _base_urls(base_url: str) -> tuple[str, ...]:
    """Twilio's voice product leaves the port of an https URL out, others do not."""
    parsed = urlsplit(base_url)
    return tuple(dict.fromkeys((remove_port(parsed), add_port(parsed))))
