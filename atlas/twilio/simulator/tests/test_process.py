import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from ..__main__ import main
from ..config import SimulatorConfig
from ..testing import TEST_ACCOUNT_SID, SimulatorProcess


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_it_is_told_to(number: signal.Signals) -> None:
    with SimulatorProcess() as simulator:
        process = simulator._process
        assert process is not None
        process.send_signal(number)
        assert process.wait() == 0


def test_it_ends_with_its_parent() -> None:
    script = (
        "import os, signal\n"
        "from atlas.twilio.simulator.testing import SimulatorProcess\n"
        "simulator = SimulatorProcess()\n"
        "print(simulator.start(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # The simulator shares its parent's standard error, so this returns when both have ended.
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    port = int(ended.stdout.strip().rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_taken_port_is_explained(capfd: pytest.CaptureFixture[str]) -> None:
    with SimulatorProcess() as first:
        second = SimulatorProcess(port=int(first.base_url.rpartition(":")[2]))
        with pytest.raises(RuntimeError, match="did not start"):
            second.start()
    assert "address already in use" in capfd.readouterr().err


def test_elsewhere_than_on_loopback_the_control_needs_the_credentials() -> None:
    with SimulatorProcess(options=("--host", "0.0.0.0")) as simulator:
        url = f"http://127.0.0.1:{simulator.base_url.rpartition(':')[2]}/simulator/health"
        assert requests.get(url, timeout=5).status_code == 401
        credentials = (simulator.account_sid, simulator.auth_token)
        assert requests.get(url, auth=credentials, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_sid": "AC1"},
        {"auth_token": ""},
        {"port": 70000},
        {"speed": -1},
        {"calls_per_second": -1},
        {"phone_numbers": ()},
        {"phone_numbers": ("5550006",)},
        {"max_calls": 0},
    ],
)
def test_a_wrong_configuration_is_refused(wrong: dict[str, object]) -> None:
    settings: dict[str, object] = {"account_sid": TEST_ACCOUNT_SID, "auth_token": "secret"}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SimulatorConfig(**settings | wrong)  # type: ignore[arg-type]


def test_the_token_is_not_shown() -> None:
    assert "secret" not in repr(SimulatorConfig(TEST_ACCOUNT_SID, "secret"))


def test_a_missing_token_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    monkeypatch.setattr(sys, "argv", ["simulator", "--account-sid", TEST_ACCOUNT_SID])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert "auth_token must not be empty" in capsys.readouterr().err


def test_it_needs_nothing_of_atlas() -> None:
    script = (
        "import sys, atlas.twilio.simulator\n"
        "print([name for name in sys.modules if name.startswith(('django', 'atlas')) "
        "and not name.startswith('atlas.twilio.simulator')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )
    assert found.stdout.strip() == "['atlas', 'atlas.twilio']"
