"""Every operation against its own description, with all that schemathesis thinks of, and all its checks."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from atlas.rates import Rate
from atlas.twilio.simulator.testing import SimulatorProcess
from atlas.wsgi import application
from calls.services import CallRequest, place_call
from calls.tests.factories import make_recording
from users.models import Scope
from users.services import create_api_key
from users.tests.factories import make_user

# No schema can say which numbers are possible, which Idempotency-Key was used before, or which cursors exist.
MAY_REFUSE = {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 400, 403, 404, 409, 422]}}}
WITH_NUMBERS = ["POST /users", "PATCH /users/{user_id}", "POST /calls/outbound"]
WITH_CURSORS = ["GET /calls", "GET /users", "GET /users/{user_id}/calls"]
CONFIG = SchemathesisConfig.from_dict(
    {"operations": [{"include-name": WITH_NUMBERS + WITH_CURSORS, **MAY_REFUSE}]}
)
schema = schemathesis.openapi.from_wsgi("/openapi.json", application, config=CONFIG)
EXAMPLES = 4


@pytest.fixture
def headers(db: None, simulator: SimulatorProcess, settings: Any) -> dict[str, str]:
    settings.THROTTLE_API = settings.THROTTLE_LOGIN = Rate(10**6, 10**10)
    settings.CALLS_PER_MINUTE = settings.CALLS_PER_DAY = 10**6
    _, plain_text = create_api_key(name="test", scopes=Scope.values)
    call = place_call(request=CallRequest(to="+14155550123", user_external_id="user-1"))
    recording = make_recording(call)
    known.update(
        user_id=str(make_user().pk), call_sid=str(call.twilio_sid), recording_sid=recording.twilio_sid
    )
    return {"Authorization": f"Api-Key {plain_text}"}


known: dict[str, str] = {}


@schema.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """About one half of the ids that could be are of something that is there."""
    for name, value in (path_parameters or {}).items():
        if name in known and len(str(value)) == len(known[name]) and ord(value[-1]) % 2:
            path_parameters = {**(path_parameters or {}), name: known[name]}
    return path_parameters


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
    ],
)
def test_every_operation_is_as_it_is_described(case: Case[Any], headers: dict[str, str]) -> None:
    case.call_and_validate(headers=headers)
