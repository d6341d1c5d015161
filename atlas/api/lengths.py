from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from atlas.api.errors import json_answer
from atlas.errors import AtlasError


class LengthRequired(AtlasError):
    code = "length_required"
    status = HTTPStatus.LENGTH_REQUIRED


class LengthRequiredMiddleware:
    """A body without a length would be read as none, and refused for all that it does contain."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            return json_answer(LengthRequired("Send the body with a Content-Length, not in chunks."))
        return self.get_response(request)
