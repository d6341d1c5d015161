"""What the staff does over the API is in the audit log, as it is when they do it in the admin."""

from typing import Any

import pytest
import requests
from django.db import OperationalError
from rest_framework.test import APIClient

from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call, Recording
from users.models import AuditEntry
from users.roles import Role
from users.tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db

BODY = {"to": "+14155550123", "user_external_id": "user-1"}


@pytest.fixture
def ada(anonymous: APIClient) -> APIClient:
    make_staff(Role.SUPERVISOR)
    tokens = anonymous.post("/auth/token", {"username": "ada", "password": PASSWORD}).json()
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    return anonymous


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of the answers of Twilio's that were streamed and closed."""
    closed: list[str] = []
    close = requests.Response.close

    def closing(answer: requests.Response) -> None:
        if not getattr(answer, "_content_consumed", True):
            closed.append(answer.headers["Content-Type"])
        close(answer)

    monkeypatch.setattr(requests.Response, "close", closing)
    return closed


def entries() -> list[tuple[Any, ...]]:
    return list(AuditEntry.objects.order_by("id").values_list("username", "action", "call_sid"))


def test_what_a_person_does_with_a_call_is_kept(ada: APIClient, simulator: SimulatorProcess) -> None:
    for _ in range(2):
        sid = ada.post("/calls/outbound", BODY, HTTP_IDEMPOTENCY_KEY="key").json()["twilio_sid"]
    ada.post(f"/calls/{sid}/sync")
    assert ada.post(f"/calls/{sid}/hangup").status_code in (200, 409)

    kept = [entry for entry in entries() if entry[1] != "hung-up"]
    assert kept == [("ada", "called", sid), ("ada", "synced", sid)]


@pytest.mark.django_db(transaction=True)
def test_listening_is_kept_once_for_its_many_parts(
    ada: APIClient, simulator: SimulatorProcess, live_server: Any, settings: Any
) -> None:
    settings.BASE_URL = live_server.url
    sid = ada.post("/calls/outbound", BODY).json()["twilio_sid"]
    simulator.drain()
    recording = Recording.objects.get()
    for part in ("bytes=0-99", "bytes=100-199"):
        answer = ada.get(f"/recordings/{recording.twilio_sid}/audio", HTTP_RANGE=part)
        assert (answer.status_code, len(answer.getvalue())) == (206, 100)

    heard = [entry for entry in entries() if entry[1] == "listened"]
    assert heard == [("ada", "listened", sid)]


@pytest.mark.django_db(transaction=True)
def test_who_goes_before_the_first_byte_leaves_no_connection_to_twilio(
    ada: APIClient, simulator: SimulatorProcess, live_server: Any, settings: Any, let_go: list[str]
) -> None:
    settings.BASE_URL = live_server.url
    ada.post("/calls/outbound", BODY)
    simulator.drain()
    address = f"/recordings/{Recording.objects.get().twilio_sid}/audio"
    answer = ada.get(address)
    assert let_go == []

    answer.close()
    assert let_go == ["audio/x-wav"]


@pytest.mark.django_db(transaction=True)
def test_nobody_hears_what_could_not_be_kept_in_the_log(
    ada: APIClient,
    simulator: SimulatorProcess,
    live_server: Any,
    settings: Any,
    let_go: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(**_: object) -> None:
        raise OperationalError

    settings.BASE_URL = live_server.url
    ada.post("/calls/outbound", BODY)
    simulator.drain()
    monkeypatch.setattr("calls.audio.record_audit", away)
    answer = ada.get(f"/recordings/{Recording.objects.get().twilio_sid}/audio")

    assert (answer.status_code, let_go) == (503, ["audio/x-wav"])


def test_a_machine_is_not_in_the_log_of_the_staff(api: APIClient, simulator: SimulatorProcess) -> None:
    sid = api.post("/calls/outbound", BODY).json()["twilio_sid"]
    api.post(f"/calls/{sid}/sync")

    assert Call.objects.count() == 1
    assert entries() == []
