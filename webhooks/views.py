from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from atlas.api.errors import json_answer
from atlas.errors import AtlasError
from atlas.twilio.responses import TwiMLResponse
from atlas.twilio.signatures import is_signed_by_twilio
from webhooks.deliveries import Delivery
from webhooks.models import Kind
from webhooks.services import JournalUnavailable, receive

# Twilio's own are a few kilobytes; a transcript is the longest.
MAX_BODY = 256 * 1024


class BodyTooLarge(AtlasError):
    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class SignatureRefused(AtlasError):
    code = "forbidden"
    status = HTTPStatus.FORBIDDEN


@method_decorator(csrf_exempt, name="dispatch")
class TwilioWebhookView(View):
    """Verify, parse, apply, keep, answer: a kind of webhook only says which kind it is."""

    http_method_names = ["post"]
    kind: Kind

    def post(self, request: HttpRequest) -> HttpResponse:
        if _declared_length(request) > MAX_BODY:
            return json_answer(BodyTooLarge("The body is too large."))
        if not is_signed_by_twilio(request):
            return json_answer(SignatureRefused("The X-Twilio-Signature is missing or wrong."))
        try:
            return TwiMLResponse(receive(Delivery.from_request(self.delivery_kind(), request)))
        except JournalUnavailable as error:
            return json_answer(error)

    def delivery_kind(self) -> Kind:
        return self.kind

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = json_answer(MethodNotAllowed(request.method or ""))
        answer["Allow"] = "POST"
        return answer


def _declared_length(request: HttpRequest) -> int:
    """As Django reads it: no more than that is ever read of the body."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0


class VoiceView(TwilioWebhookView):
    kind = Kind.VOICE


class VoiceEndedView(TwilioWebhookView):
    kind = Kind.VOICE_ENDED


class StatusView(TwilioWebhookView):
    kind = Kind.STATUS


class RecordingView(TwilioWebhookView):
    """Twilio posts a recording's status and its transcription here; their keys tell them apart."""

    def delivery_kind(self) -> Kind:
        return Kind.TRANSCRIPTION if "TranscriptionSid" in self.request.POST else Kind.RECORDING
