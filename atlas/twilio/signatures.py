from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator


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
    return _any_token_signs(auth_tokens(), url, request, signature)


def _any_token_signs(tokens: Iterable[str], url: str, request: HttpRequest, signature: str) -> bool:
    return any(RequestValidator(token).validate(url, request.POST, signature) for token in tokens)
