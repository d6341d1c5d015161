"""Every JSON answer against Twilio's own OpenAPI specification, where that is at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft4Validator
from twilio.rest import Client

from ..testing import SimulatorProcess
from .placing import SAY_AND_RECORD, place
from .receiver import Receiver

REPOSITORY = Path(__file__).resolve().parents[4]
SPECIFICATION = Path(
    os.environ.get("ATLAS_TWILIO_OPENAPI") or REPOSITORY.parent / "shared/twilio/openapi-voice.json"
)
ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    if not SPECIFICATION.is_file():
        pytest.skip("Twilio's OpenAPI document is not here; name it in ATLAS_TWILIO_OPENAPI")
    document: dict[str, Any] = json.loads(SPECIFICATION.read_text())
    return {name: strict(part) for name, part in document.items()}


def strict(schema: Any) -> Any:
    """JSON Schema of an OpenAPI schema: `nullable` becomes a type, and every property is required."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(value) for name, value in schema.items() if name != "nullable"}
    properties = schema.get("properties")
    if isinstance(properties, dict) and schema.get("format") != "phone-number-capabilities":
        found |= {"required": sorted(properties), "additionalProperties": False}
    if schema.get("nullable") is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found


def check(specification: dict[str, Any], path: str, method: str, answer: requests.Response) -> None:
    response = specification["paths"][path][method]["responses"][str(answer.status_code)]
    schema = response["content"]["application/json"]["schema"]
    validator = Draft4Validator({**schema, "components": specification["components"]})
    assert list(validator.iter_errors(answer.json())) == []


@pytest.mark.parametrize(
    "number", ["+14155550123", "+14155552001", "+14155552006", "+14155552008", "+14155552010"]
)
def test_answers_are_as_specified(
    simulator: SimulatorProcess,
    client: Client,
    receiver: Receiver,
    specification: dict[str, Any],
    number: str,
) -> None:
    receiver.twiml("/voice", SAY_AND_RECORD)
    sid = place(client, receiver, to=number).sid
    simulator.drain()
    if number == "+14155552010":
        assert client.calls(sid).update(status="completed")
        simulator.drain()
    names = {"AccountSid": simulator.account_sid, "CallSid": sid, "Sid": sid}

    def get(path: str, **more: str) -> requests.Response:
        url = simulator.base_url + path.format(**names | more)
        answer = requests.get(url, auth=(simulator.account_sid, simulator.auth_token), timeout=5)
        check(specification, path, "get", answer)
        return answer

    get("/2010-04-01/Accounts/{Sid}.json", Sid=simulator.account_sid)
    get(ACCOUNT + "/IncomingPhoneNumbers.json")
    get(ACCOUNT + "/Calls.json")
    get(ACCOUNT + "/Calls/{Sid}.json")
    get(ACCOUNT + "/Calls/{CallSid}/Recordings.json")
    get(ACCOUNT + "/Transcriptions.json")
    for recording in get(ACCOUNT + "/Recordings.json").json()["recordings"]:
        get(ACCOUNT + "/Recordings/{Sid}.json", Sid=recording["sid"])
        get(ACCOUNT + "/Calls/{CallSid}/Recordings/{Sid}.json", Sid=recording["sid"])
        found = get(ACCOUNT + "/Recordings/{RecordingSid}/Transcriptions.json", RecordingSid=recording["sid"])
        for transcription in found.json()["transcriptions"]:
            of_recording = {"RecordingSid": recording["sid"], "Sid": transcription["sid"]}
            get(ACCOUNT + "/Transcriptions/{Sid}.json", **of_recording)
            get(ACCOUNT + "/Recordings/{RecordingSid}/Transcriptions/{Sid}.json", **of_recording)


def test_a_created_and_an_updated_call_are_as_specified(
    simulator: SimulatorProcess, receiver: Receiver, specification: dict[str, Any]
) -> None:
    http = requests.Session()
    http.auth = (simulator.account_sid, simulator.auth_token)
    url = f"{simulator.base_url}/2010-04-01/Accounts/{simulator.account_sid}/Calls"
    form = {"To": "+14155552010", "From": "+15005550006", "Url": receiver.url("/voice")}
    created = http.post(f"{url}.json", data=form, timeout=5)
    check(specification, ACCOUNT + "/Calls.json", "post", created)
    simulator.drain()
    updated = http.post(f"{url}/{created.json()['sid']}.json", data={"Status": "completed"}, timeout=5)
    check(specification, ACCOUNT + "/Calls/{Sid}.json", "post", updated)
    http.close()
