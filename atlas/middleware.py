from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve

WEBHOOKS = "/twilio/"


class WebhookMiddleware:
    """
    Twilio's webhooks leave out what stands behind this in MIDDLEWARE, sessions and all that serves browsers:
    they show who they are by their signature, and a call waits for the answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(WEBHOOKS):
            return self.get_response(request)
        match = resolve(request.path_info)
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return answer
