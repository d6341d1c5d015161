import logging
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from rest_framework.test import APIClient

from atlas.twilio.simulator.testing import SimulatorProcess
from calls import admission
from calls.admission import Caller
from calls.models import Call
from calls.services import CallRequest, place_call
from users.models import ApiKey, Scope

pytestmark = pytest.mark.django_db

BODY = {"to": "+14155550123", "user_external_id": "user-1"}


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes and days that do not end while a test runs."""
    monkeypatch.setattr(admission, "MINUTE", 10**10)
    monkeypatch.setattr(admission, "DAY", 10**10 + 1)


def place(api: APIClient, key: str | None = None, **changes: Any) -> Any:
    headers: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return api.post("/calls/outbound", BODY | changes, **headers)


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize("setting", ["CALLS_PER_MINUTE", "CALLS_PER_DAY"])
def test_the_call_after_the_last_is_refused_and_leaves_no_trace(
    api: APIClient, settings: Any, setting: str
) -> None:
    setattr(settings, setting, 2)

    answers = [place(api) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    refused = answers[-1]
    assert refused.json()["error"] == "call_limit_reached"
    assert setting in refused.json()["detail"]
    assert int(refused["Retry-After"]) > 0
    assert Call.objects.count() == 2


@pytest.mark.usefixtures("simulator")
def test_a_key_can_have_its_own_limits(api_with: Callable[..., APIClient]) -> None:
    first, second = api_with(*Scope.values), api_with(*Scope.values)
    own = ApiKey.objects.order_by("created_at")[0]
    ApiKey.objects.filter(pk=own.pk).update(calls_per_minute=1)

    assert [place(first).status_code for _ in range(2)] == [201, 429]
    assert [place(second).status_code for _ in range(2)] == [201, 201]


@pytest.mark.usefixtures("simulator")
def test_a_limit_of_none_allows_none(api: APIClient) -> None:
    ApiKey.objects.update(calls_per_day=0)

    assert place(api).status_code == 429


def test_repetitions_of_a_call_do_not_count(
    api: APIClient, simulator: SimulatorProcess, settings: Any
) -> None:
    settings.CALLS_PER_MINUTE = 2
    first = [place(api, "first") for _ in range(4)]
    second = place(api, "second")

    assert [answer.status_code for answer in (*first, second)] == [201] * 5
    assert len({answer.json()["twilio_sid"] for answer in first}) == 1
    assert place(api, "third").status_code == 429
    assert place(api, "first").json() == first[0].json()
    assert len(simulator.calls()) == 2


@pytest.mark.usefixtures("simulator")
def test_a_key_that_was_refused_can_be_used_again_later(api: APIClient, settings: Any) -> None:
    settings.CALLS_PER_MINUTE = 0
    assert place(api, "key").status_code == 429

    settings.CALLS_PER_MINUTE = 1
    assert place(api, "key").status_code == 429  # the attempt before has been counted
    settings.CALLS_PER_MINUTE = 3
    assert place(api, "key").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_limit_holds_for_fifty_requests_at_once(simulator: SimulatorProcess, settings: Any) -> None:
    settings.CALLS_PER_MINUTE = 5
    start, outcomes = threading.Barrier(50), []

    def call() -> None:
        start.wait()
        try:
            place_call(request=CallRequest(to=BODY["to"], user_external_id="user-1"), caller=Caller("key:1"))
            outcomes.append("placed")
        except admission.CallLimitReached:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["placed"] * 5 + ["refused"] * 45
    assert len(simulator.calls()) == Call.objects.count() == 5


@pytest.mark.parametrize("number", ["+18765551234", "+19005551234"])
def test_a_refusal_names_its_rule_and_nothing_is_kept_or_dialled(
    api: APIClient, simulator: SimulatorProcess, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "calls"):
        answer = place(api, to=number)

    assert answer.status_code == 403
    assert answer.json()["error"] == "call_refused"
    assert "ALLOWED_NUMBERS" in answer.json()["detail"]
    assert (Call.objects.count(), simulator.calls()) == (0, [])
    assert "was refused" in caplog.text
    assert number not in caplog.text


def outbound_calls(action: str) -> str:
    output = StringIO()
    call_command("outbound_calls", action, stdout=output)
    return output.getvalue()


def test_the_switch_stops_the_next_call_and_allows_it_again(
    api: APIClient, simulator: SimulatorProcess
) -> None:
    placed = place(api, "key").json()
    assert outbound_calls("off") == "Outbound calls are off.\n"

    refused = place(api)
    assert (refused.status_code, refused.json()["error"]) == (403, "call_refused")
    assert "outbound_calls on" in refused.json()["detail"]
    assert place(api, "key").json() == placed  # nothing is dialled for a repetition
    assert len(simulator.calls()) == Call.objects.count() == 1

    assert outbound_calls("on") == outbound_calls("status") == "Outbound calls are on.\n"
    assert place(api).status_code == 201


def test_the_setting_stops_calls_whatever_the_switch_says(api: APIClient, settings: Any) -> None:
    settings.OUTBOUND_CALLS_ENABLED = False

    assert "OUTBOUND_CALLS_ENABLED" in outbound_calls("on")
    assert "OUTBOUND_CALLS_ENABLED" in place(api).json()["detail"]


@pytest.mark.usefixtures("simulator")
def test_the_command_goes_through_the_same_rules(settings: Any) -> None:
    with pytest.raises(CommandError, match="ALLOWED_COUNTRIES"):
        call_command("place_call", "+18765551234")
    settings.CALLS_PER_DAY = 1
    call_command("place_call", "+14155550123", stdout=StringIO())
    with pytest.raises(CommandError, match="CALLS_PER_DAY"):
        call_command("place_call", "+14155550123")
