from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from atlas.api.errors import json_answer
from atlas.errors import AtlasError
from atlas.twilio.forms import Form
from atlas.twilio.responses import TwiMLResponse
from atlas.twilio.signatures import signed_form
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
        form = signed_form(request)
        if form is None:
            return json_answer(SignatureRefused("The X-Twilio-Signature is missing or wrong."))
        try:
            kind = self.delivery_kind(form)
            return TwiMLResponse(receive(Delivery.received(kind, request.GET.dict(), form.last_values())))
        except JournalUnavailable as error:
            return json_answer(error)

    def delivery_kind(self, form: Form) -> Kind:
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

    def delivery_kind(self, form: Form) -> Kind:
        return Kind.TRANSCRIPTION if "TranscriptionSid" in form else Kind.RECORDING
