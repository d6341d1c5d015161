"""Gives every request an id, which its log lines, its answer and its error have in common."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
# Anything else would let a client write into our logs.
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")

_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """The id of the request in hand, or of this thread's last one."""
    return _request_id.get()


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = offered if ACCEPTED.fullmatch(offered) else uuid4().hex
        # Not taken back afterwards: Django logs an answer when every middleware is through.
        _request_id.set(request_id)
        response = self.get_response(request)
        response[HEADER] = request_id
        return response
