"""
Keeps requests from taking each other's place. Twilio's webhooks have their own: however long people and
machines wait for the database, whoever speaks on a telephone is answered.
"""

from collections.abc import Callable
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from atlas.api.errors import json_answer
from atlas.errors import Unavailable
from atlas.mongodb.outage import told_at_once

WEBHOOKS = "/twilio/"
PATIENCE = 30.0  # seconds


class BulkheadMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.places, self.webhook_places = (BoundedSemaphore(settings.WEB_THREADS) for _ in range(2))
        self.queue = BoundedSemaphore(settings.WEB_THREADS + settings.WEB_QUEUE)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(WEBHOOKS):
            with self.webhook_places:
                return self.get_response(request)
        if not self.queue.acquire(blocking=False):
            return _too_busy()
        try:
            return self._when_there_is_a_place(request)
        finally:
            self.queue.release()

    def _when_there_is_a_place(self, request: HttpRequest) -> HttpResponseBase:
        if not self.places.acquire(timeout=PATIENCE):
            return _too_busy()
        try:
            with told_at_once():
                return self.get_response(request)
        finally:
            self.places.release()


def _too_busy() -> HttpResponseBase:
    return json_answer(Unavailable("There is too much to do just now. Try again later."))
