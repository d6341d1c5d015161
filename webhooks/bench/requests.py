"""HTTP requests that are made before the clock starts, signed by Twilio or sent with a credential."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from atlas.twilio.simulator.signatures import sign

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def raw(self) -> bytes:
        headers = {"Host": _host(), **self.headers, "Content-Length": str(len(self.body))}
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            *(f"{name}: {text}" for name, text in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    def perform(self) -> HttpResponse:
        """In this process, without a server."""
        content_type = self.headers.get("Content-Type", "")
        answer: Any = Client().generic(
            self.method, self.path, self.body, content_type, headers={**self.headers, "Host": _host()}
        )
        return answer  # type: ignore[no-any-return]


def webhook(path: str, form: Mapping[str, str]) -> Request:
    signature = sign(settings.TWILIO_AUTH_TOKEN, settings.BASE_URL + path, form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    return Request("POST", path, headers, urlencode(form).encode())


def api_request(method: str, path: str, *, key: str, body: Any = None) -> Request:
    headers = {"Authorization": f"Api-Key {key}"}
    if body is None:
        return Request(method, path, headers)
    return Request(method, path, headers | {"Content-Type": "application/json"}, json.dumps(body).encode())


def page_request(path: str, *, session: str) -> Request:
    return Request("GET", path, {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"})


def _host() -> str:
    return urlsplit(settings.BASE_URL).netloc
