from collections.abc import Iterator

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from atlas.twilio.simulator.testing import SimulatorProcess

from .receiver import Receiver


@pytest.fixture(scope="session")
def _simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def _receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(_receiver: Receiver) -> Receiver:
    _receiver.forget()
    return _receiver


@pytest.fixture
def simulator(_simulator: SimulatorProcess, receiver: Receiver) -> Iterator[SimulatorProcess]:
    """A simulator without a past. After the test every webhook must have been signed as Twilio signs."""
    _simulator.reset()
    receiver.forget()
    yield _simulator
    _simulator.reset()
    validator = RequestValidator(_simulator.auth_token)
    for request in receiver.received:
        assert validator.validate(request.url, request.form, request.headers["X-Twilio-Signature"])
    assert _simulator.health()["failures"] == 0


@pytest.fixture
def client(simulator: SimulatorProcess) -> Client:
    """Twilio's own client, but for its base URL."""
    http_client = TwilioHttpClient(timeout=5)
    client = Client(simulator.account_sid, simulator.auth_token, http_client=http_client)
    client.api.base_url = simulator.base_url
    return client
