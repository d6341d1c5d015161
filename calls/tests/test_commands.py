from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def reachable_by_twilio(live_server: LiveServer, settings: Settings) -> None:
    settings.BASE_URL = live_server.url


def run(*arguments: str, **options: Any) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output, stderr=StringIO(), **options)
    return output.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("number", "code", "statuses"),
    [
        ("+14155550123", 0, ["initiated", "ringing", "in-progress", "completed"]),
        ("+14155552001", 4, ["initiated", "ringing", "busy"]),
        ("+14155552002", 5, ["initiated", "ringing", "no-answer"]),
    ],
)
def test_place_call_shows_each_status_and_ends_with_the_outcomes_code(
    simulator: SimulatorProcess, reachable_by_twilio: None, number: str, code: int, statuses: list[str]
) -> None:
    output = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("place_call", number, "--wait", stdout=output)
    assert ended.value.code == code
    positions = [output.getvalue().rindex(status) for status in statuses]
    assert positions == sorted(positions)


@pytest.mark.django_db
def test_place_call_without_waiting_names_the_call(simulator: SimulatorProcess) -> None:
    output = run("place_call", "+14155550123", "--no-record", "--script", "Hello.")
    call = Call.objects.get()
    assert call.twilio_sid
    assert call.twilio_sid in output
    assert (call.recording_enabled, call.script) == (False, "Hello.")


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["12", "+14155552011"])
def test_place_call_says_why_a_call_cannot_be_placed(simulator: SimulatorProcess, number: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("place_call", number)
    assert refused.value.returncode == 2


@pytest.mark.django_db
def test_check_twilio_says_that_all_is_well(simulator: SimulatorProcess) -> None:
    assert "Calls can be placed" in run("check_twilio")


@pytest.mark.django_db
def test_check_twilio_says_what_is_wrong_and_how_to_repair_it(
    simulator: SimulatorProcess, settings: Settings
) -> None:
    settings.TWILIO_FROM_NUMBER = "+14155550199"
    settings.TWILIO_AUTH_TOKEN = "wrong"
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("check_twilio", stdout=output)
    assert "Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in output.getvalue()


@pytest.mark.django_db
def test_check_twilio_knows_that_a_number_is_not_the_accounts(
    simulator: SimulatorProcess, settings: Settings
) -> None:
    settings.TWILIO_FROM_NUMBER = "+14155550199"
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("check_twilio", stdout=output)
    assert "not a number of this account" in output.getvalue()
