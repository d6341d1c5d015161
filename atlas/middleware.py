from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve

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
        match = _resolved(request.path_info)
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
        # Without it the web server sends chunks.
        answer["Content-Length"] = str(len(answer.content))
        return answer


@lru_cache(maxsize=16)
def _resolved(path: str) -> ResolverMatch:
    """There is a handful of paths; that Django tries all patterns takes as long as a signature."""
    return resolve(path)
