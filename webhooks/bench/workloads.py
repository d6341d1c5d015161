"""The rows: what is asked of Atlas, as often as one likes, and never twice where twice would be easier."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from calls.lifecycle import CallStatus
from feedback.models import SCORES
from webhooks.bench.forms import call_form, recording_form, status_form
from webhooks.bench.requests import Request, api_request, page_request, webhook
from webhooks.bench.seeding import CONSENT, recording_url, store_new_calls
from webhooks.bench.subjects import Subject, new_subjects

STATUSES = (CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS, CallStatus.COMPLETED)
# So many calls are under way at once, so that a call's own reports are far apart, as they are at Twilio.
UNDER_WAY = 64
PAGE = 10


@dataclass(frozen=True)
class Shot:
    """One request. Those of one `kind` cost the same commands, but for the identifiers of their subjects."""

    kind: str
    subject: Subject
    request: Request


@dataclass(frozen=True)
class Credentials:
    api_key: str
    session: str


@dataclass(frozen=True)
class Workload:
    name: str
    shots: Callable[[int], list[Shot]]
    makes_documents: bool = False
    is_webhook: bool = False


def workloads(credentials: Credentials, *, stored: int) -> list[Workload]:
    """For a database of `stored` calls."""
    reading = Reading(credentials, stored)
    deep = f"/calls?page={max(1, stored * 3 // 4 // PAGE)}"
    desk = reverse("admin:calls_call_changelist")
    return [
        Workload("status webhook", status_webhooks, makes_documents=True, is_webhook=True),
        Workload("recording webhook", recording_webhooks, makes_documents=True, is_webhook=True),
        Workload("voice webhook (TwiML)", voice_webhooks, makes_documents=True, is_webhook=True),
        Workload("GET a call", reading.calls),
        Workload("GET calls, newest first", reading.pages("/calls")),
        Workload("GET calls, by status", reading.pages("/calls?status=completed")),
        Workload("GET calls, a deep page", reading.pages(deep)),
        Workload("PATCH feedback", reading.feedback),
        Workload("admin, list of calls", lambda amount: reading.desk(desk, amount)),
        Workload("POST a call", reading.placed, makes_documents=True),
    ]


def status_webhooks(amount: int) -> list[Shot]:
    subjects = _new_calls(-(-amount // len(STATUSES)))
    shots = [
        Shot(status, subject, webhook(f"/twilio/status?call_id={subject.call_id}", form))
        for start in range(0, len(subjects), UNDER_WAY)
        for sequence, status in enumerate(STATUSES)
        for subject in subjects[start : start + UNDER_WAY]
        for form in [status_form(subject, status, sequence=sequence)]
    ]
    return shots[:amount]


def recording_webhooks(amount: int) -> list[Shot]:
    return [
        Shot(
            "recording",
            subject,
            webhook("/twilio/recording", recording_form(subject, recording_url(subject))),
        )
        for subject in _new_calls(amount)
    ]


def voice_webhooks(amount: int) -> list[Shot]:
    path = "/twilio/voice?call_id={}&recording=true"
    return [
        Shot(
            "voice",
            subject,
            webhook(path.format(subject.call_id), call_form(subject, CallStatus.IN_PROGRESS)),
        )
        for subject in _new_calls(amount)
    ]


def _new_calls(amount: int) -> list[Subject]:
    subjects = list(new_subjects(amount))
    store_new_calls(subjects)
    return subjects


class Reading:
    """What is asked about the stored calls, with a credential."""

    def __init__(self, credentials: Credentials, stored: int) -> None:
        self._credentials = credentials
        self._stored = stored
        self._random = random.Random(0)  # noqa: S311 - the same calls in every run

    def calls(self, amount: int) -> list[Shot]:
        return [Shot("call", each, self._api("GET", f"/calls/{each.call_sid}")) for each in self._any(amount)]

    def feedback(self, amount: int) -> list[Shot]:
        scores = dict.fromkeys(SCORES, 4)
        return [
            Shot("feedback", each, self._api("PATCH", f"/calls/{each.call_sid}/feedback", scores))
            for each in self._any(amount)
        ]

    def pages(self, path: str) -> Callable[[int], list[Shot]]:
        return lambda amount: [Shot("page", Subject(0), self._api("GET", path))] * amount

    def desk(self, path: str, amount: int) -> list[Shot]:
        return [Shot("desk", Subject(0), page_request(path, session=self._credentials.session))] * amount

    def placed(self, amount: int) -> list[Shot]:
        return [
            Shot("placed", each, self._api("POST", "/calls/outbound", _new_call(each)))
            for each in new_subjects(amount)
        ]

    def _any(self, amount: int) -> list[Subject]:
        return [Subject(self._random.randrange(self._stored)) for _ in range(amount)]

    def _api(self, method: str, path: str, body: object = None) -> Request:
        return api_request(method, path, key=self._credentials.api_key, body=body)


def _new_call(subject: Subject) -> dict[str, str]:
    return {"to": subject.phone_number, "user_external_id": "user-1", "script": CONSENT}
