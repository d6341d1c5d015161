from email.utils import parsedate_to_datetime

import pytest
from twilio.rest import Client

from ..testing import SimulatorProcess
from .placing import CALLEE, FROM, SAY_AND_RECORD, place
from .receiver import Answer, Receiver

GEO = {
    f"{who}{part}"
    for who in ("To", "From", "Called", "Caller")
    for part in ("City", "State", "Zip", "Country")
}
CALL_KEYS = GEO | {
    "To",
    "From",
    "Called",
    "Caller",
    "AccountSid",
    "ApiVersion",
    "CallSid",
    "CallStatus",
    "Direction",
}
STATUS_KEYS = CALL_KEYS | {"CallbackSource", "SequenceNumber", "Timestamp"}
ACTION_KEYS = CALL_KEYS | {"RecordingUrl", "RecordingSid", "RecordingDuration", "Digits"}
RECORDING_KEYS = {
    "RecordingSource",
    "RecordingSid",
    "RecordingUrl",
    "RecordingStatus",
    "RecordingChannels",
    "ErrorCode",
    "CallSid",
    "RecordingStartTime",
    "AccountSid",
}
TRANSCRIPTION_KEYS = {
    "ApiVersion",
    "TranscriptionType",
    "TranscriptionUrl",
    "TranscriptionSid",
    "Called",
    "RecordingSid",
    "CallStatus",
    "RecordingUrl",
    "From",
    "Direction",
    "url",
    "AccountSid",
    "TranscriptionText",
    "Caller",
    "TranscriptionStatus",
    "CallSid",
    "To",
}


@pytest.fixture
def finished_call(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> str:
    receiver.twiml("/voice", SAY_AND_RECORD)
    receiver.twiml("/ended", "<Hangup/>")
    sid = place(client, receiver).sid
    simulator.drain()
    assert isinstance(sid, str)
    return sid


def test_it_tells_every_status_once_in_order(finished_call: str, receiver: Receiver) -> None:
    statuses = receiver.at("/status")
    assert receiver.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    assert [request.form["SequenceNumber"] for request in statuses] == ["0", "1", "2", "3"]
    assert {request.form["CallSid"] for request in statuses} == {finished_call}
    assert all(parsedate_to_datetime(request.form["Timestamp"]) for request in statuses)


@pytest.mark.usefixtures("finished_call")
def test_its_status_callbacks_have_twilios_keys(receiver: Receiver) -> None:
    *earlier, last = receiver.at("/status")
    assert all(set(request.form) == STATUS_KEYS for request in earlier)
    assert set(last.form) == STATUS_KEYS | {"Duration", "CallDuration", "SipResponseCode"}
    assert last.form["CalledCity"] == ""
    assert last.form["CalledCountry"] == "US"
    assert last.form["SipResponseCode"] == "200"
    assert last.form["Duration"] == "1"
    assert 5 <= int(last.form["CallDuration"]) <= 60


@pytest.mark.usefixtures("finished_call")
def test_it_asks_for_twiml_after_the_answer(receiver: Receiver) -> None:
    (voice,) = receiver.at("/voice")
    assert set(voice.form) == CALL_KEYS
    assert voice.query == {"call_id": "1"}
    assert voice.form["CallStatus"] == "in-progress"
    assert (voice.form["To"], voice.form["From"]) == (CALLEE, FROM)
    assert voice.headers["User-Agent"] == "TwilioProxy/1.1"
    assert voice.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_the_callee_hears_what_the_twiml_says(finished_call: str, simulator: SimulatorProcess) -> None:
    spoken = simulator.call(finished_call)["spoken"]
    assert [(heard["text"], heard["voice"]) for heard in spoken] == [
        ("This call may be recorded.", "alice"),
        ("How are you?", "alice"),
    ]


@pytest.mark.usefixtures("finished_call")
def test_a_hang_up_in_record_requests_the_action(receiver: Receiver) -> None:
    (action,) = receiver.at("/ended")
    assert set(action.form) == ACTION_KEYS
    assert action.form["Digits"] == "hangup"
    assert action.form["CallStatus"] == "completed"
    assert int(action.form["RecordingDuration"]) >= 3


@pytest.mark.usefixtures("finished_call")
def test_the_recording_callback_has_twilios_keys(receiver: Receiver, simulator: SimulatorProcess) -> None:
    recorded, _ = receiver.at("/recording")
    assert set(recorded.form) == RECORDING_KEYS | {"RecordingDuration"}
    assert recorded.form["RecordingStatus"] == "completed"
    assert recorded.form["ErrorCode"] == "0"
    assert recorded.form["RecordingSource"] == "RecordVerb"
    assert recorded.form["RecordingUrl"] == (
        f"{simulator.base_url}/2010-04-01/Accounts/{simulator.account_sid}/Recordings/{recorded.form['RecordingSid']}"
    )


@pytest.mark.usefixtures("finished_call")
def test_the_transcription_callback_has_twilios_keys(receiver: Receiver) -> None:
    recorded, transcribed = receiver.at("/recording")
    assert set(transcribed.form) == TRANSCRIPTION_KEYS
    assert transcribed.form["TranscriptionStatus"] == "completed"
    assert transcribed.form["RecordingSid"] == recorded.form["RecordingSid"]
    assert transcribed.form["url"] == receiver.url("/recording")
    assert len(transcribed.form["TranscriptionText"].split()) > 5


@pytest.mark.usefixtures("finished_call")
def test_the_recording_comes_after_the_end_of_the_call(receiver: Receiver) -> None:
    paths = [request.path for request in receiver.received]
    assert paths[-2:] == ["/recording", "/recording"]
    assert sorted(paths[:-2]) == ["/ended", "/status", "/status", "/status", "/status", "/voice"]


@pytest.mark.usefixtures("finished_call")
def test_each_webhook_has_a_token_of_its_own(receiver: Receiver) -> None:
    tokens = {request.headers["I-Twilio-Idempotency-Token"] for request in receiver.received}
    assert len(tokens) == len(receiver.received) == 8


def test_only_subscribed_events_are_counted(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    place(client, receiver, status_callback_event=["completed"])
    simulator.drain()
    (status,) = receiver.at("/status")
    assert (status.form["CallStatus"], status.form["SequenceNumber"]) == ("completed", "0")


def test_completed_is_the_only_event_by_default(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    place(client, receiver, status_callback_event=None)
    simulator.drain()
    assert receiver.statuses() == ["completed"]


def test_events_in_one_value_are_accepted_but_never_come(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    place(client, receiver, status_callback_event=["initiated ringing"])
    simulator.drain()
    assert receiver.at("/status") == []
    assert [entry["code"] for entry in simulator.debugger()] == [21626]


def test_webhooks_can_be_gets(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    place(client, receiver, method="GET", status_callback_method="GET", status_callback_event=["completed"])
    simulator.drain()
    voice, status = receiver.received
    assert (voice.method, voice.query["CallStatus"], voice.query["call_id"]) == ("GET", "in-progress", "1")
    assert (status.method, status.query["CallStatus"], status.form) == ("GET", "completed", {})


def test_a_redirected_webhook_is_signed_for_its_new_address(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.answer("/voice", Answer(302, location="/moved"))
    receiver.twiml("/moved", "<Say>Here I am.</Say>")
    sid = place(client, receiver).sid
    simulator.drain()
    assert receiver.at("/moved")[0].method == "GET"
    assert simulator.call(sid)["spoken"][0]["text"] == "Here I am."


def test_a_call_recorded_by_rest_tells_it_when_it_is_completed(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/voice", "<Say>A call that is recorded as a whole.</Say>")
    sid = place(
        client,
        receiver,
        record=True,
        recording_status_callback=receiver.url("/recording"),
        recording_status_callback_event=["in-progress completed"],
    ).sid
    simulator.drain()
    (recording,) = client.calls(sid).recordings.list()
    assert receiver.at("/status")[-1].form["RecordingSid"] == recording.sid
    assert [request.form["RecordingStatus"] for request in receiver.at("/recording")] == [
        "in-progress",
        "completed",
    ]
    assert recording.source == "OutboundAPI"


def test_a_call_is_recorded_by_rest_without_any_callback(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/voice", '<Pause length="12"/>')
    place(client, receiver, to="+14155552006", record=True, status_callback=None)
    simulator.drain()
    assert [(found.status, found.duration) for found in client.recordings.list()] == [("completed", "12")]


def test_a_detected_machine_is_named(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    simulator.scenario(CALLEE, answered_by="machine_start")
    sid = place(client, receiver, machine_detection="Enable").sid
    simulator.drain()
    assert receiver.at("/voice")[0].form["AnsweredBy"] == "machine_start"
    assert client.calls(sid).fetch().answered_by == "machine_start"
