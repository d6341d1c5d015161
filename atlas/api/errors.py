"""One shape for every failure, whoever raised it: a service, DRF, Django or the database."""

import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from atlas.api.middleware import current_request_id
from atlas.api.serializers import DateTimeField
from atlas.errors import AtlasError

logger = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds
CODES = {
    HTTPStatus.BAD_REQUEST: "invalid_input",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}
# Instead of DRF's, which say less or repeat what the client sent.
OWN_WORDS: dict[type[exceptions.APIException], str] = {
    exceptions.NotAuthenticated: (
        "This needs a credential: send the header `Authorization: Api-Key atlas_...`, or "
        "`Authorization: Bearer ...` with a token from POST /auth/token."
    ),
    exceptions.MethodNotAllowed: "This address does not take this method.",
    exceptions.UnsupportedMediaType: "The body must be application/json.",
}
# Django's own words for these would tell an attacker about our inside.
PLAIN: dict[type[Exception], tuple[HTTPStatus, str]] = {
    Http404: (HTTPStatus.NOT_FOUND, "There is nothing here."),
    PermissionDenied: (HTTPStatus.FORBIDDEN, "This is not allowed."),
    RequestDataTooBig: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large."),
    SuspiciousOperation: (HTTPStatus.BAD_REQUEST, "The request is not acceptable."),
    BadRequest: (HTTPStatus.BAD_REQUEST, "The request is not acceptable."),
}

# DRF's name for what is wrong with an object as such.
WHOLE = "non_field_errors"

Fields = dict[str, list[str]]


class ErrorSerializer(serializers.Serializer[Any]):
    error = serializers.CharField(help_text="A word for programs; it does not change.")
    detail = serializers.CharField(help_text="A sentence for people.")
    timestamp = DateTimeField()
    request_id = serializers.CharField(help_text="Names the request in the server's logs.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong with which field, by its name.",
    )


@dataclass(frozen=True)
class Failure:
    status: int
    code: str
    detail: str
    fields: Fields | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "error": self.code,
            "detail": self.detail,
            "timestamp": utc_now(),
            "request_id": current_request_id(),
        }
        return body | {"fields": self.fields} if self.fields else body


def utc_now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def failure_of(error: BaseException | None) -> Failure | None:
    """None if nobody foresaw the error: it is a bug, and its words are not for clients."""
    if isinstance(error, AtlasError):
        retry = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        return Failure(error.status, error.code, str(error), error.fields, retry)
    if isinstance(error, exceptions.APIException):
        return _failure_of_rest_framework(error)
    if isinstance(error, OperationalError):
        retry = {"Retry-After": str(RETRY_AFTER)}
        return Failure(503, "unavailable", "The database does not answer. Try again later.", headers=retry)
    for kind, (status, detail) in PLAIN.items():
        if isinstance(error, kind):
            return Failure(status, CODES[status], detail)
    return None


def _failure_of_rest_framework(error: exceptions.APIException) -> Failure:
    code = CODES.get(HTTPStatus(error.status_code), "error")
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(wait)
    if isinstance(error, exceptions.ValidationError):
        fields = flattened(error.detail)
        return Failure(error.status_code, code, f"Not valid: {', '.join(fields)}.", fields, headers)
    detail = next((text for kind, text in OWN_WORDS.items() if isinstance(error, kind)), str(error.detail))
    return Failure(error.status_code, code, detail, headers=headers)


def flattened(detail: Any) -> Fields:
    """{"a": {"b": ["x"]}, "c": [{}, {"d": ["y"]}]} as {"a.b": ["x"], "c.1.d": ["y"]}."""
    fields: Fields = {}
    for path, text in _leaves(detail):
        fields.setdefault(path or "body", []).append(text)
    return fields


def _leaves(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        children = [("" if name == WHOLE else str(name), child) for name, child in detail.items()]
    elif isinstance(detail, list):
        children = [(str(i) if isinstance(child, Mapping) else "", child) for i, child in enumerate(detail)]
    else:
        yield path, str(detail)
        return
    for name, child in children:
        yield from _leaves(child, ".".join(filter(None, (path, name))))


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    failure = failure_of(error)
    if failure is None:
        return None  # Django logs it and asks handler500
    if failure.status == HTTPStatus.SERVICE_UNAVAILABLE:
        logger.error("%s: %s", type(error).__name__, error)
    # Even where the answer would be a page, as in /docs.
    request = context["request"]
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    return Response(failure.body(), status=failure.status, headers=failure.headers)


def json_answer(error: BaseException | None) -> JsonResponse:
    failure = failure_of(error) or Failure(500, "internal_error", "Something went wrong on our side.")
    return JsonResponse(failure.body(), status=failure.status, headers=failure.headers)


def _is_page(request: HttpRequest) -> bool:
    return request.path_info.startswith("/admin/")


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.bad_request(request, exception) if _is_page(request) else json_answer(exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.permission_denied(request, exception) if _is_page(request) else json_answer(exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.page_not_found(request, exception) if _is_page(request) else json_answer(exception)


def handler500(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    if not _is_page(request):
        return json_answer(error)
    failure = failure_of(error)
    if failure is None:
        return defaults.server_error(request)
    return HttpResponse(
        failure.detail, content_type="text/plain", status=failure.status, headers=failure.headers
    )
