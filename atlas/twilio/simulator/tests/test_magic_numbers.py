import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from ..testing import SimulatorProcess
from .placing import CALLEE, SAY_AND_RECORD, place
from .receiver import Answer, Receiver

LOST_ANSWER = "+14155552014"


def played(number: str, simulator: SimulatorProcess, client: Client, receiver: Receiver) -> str:
    receiver.twiml("/voice", SAY_AND_RECORD)
    sid = place(client, receiver, to=number).sid
    simulator.drain()
    assert isinstance(sid, str)
    return sid


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("+15005550001", 400, 21217),
        ("+15005550002", 400, 21214),
        ("+15005550003", 400, 21215),
        ("+15005550004", 400, 21216),
        ("+14155552011", 400, 21211),
        ("+14155552012", 429, 20429),
        ("+14155552013", 500, 20500),
    ],
)
def test_these_are_refused_at_once(
    client: Client, receiver: Receiver, number: str, status: int, code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        place(client, receiver, to=number)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert client.calls.list() == []


@pytest.mark.parametrize(
    ("number", "statuses", "sip_code"),
    [
        ("+14155552001", ["initiated", "ringing", "busy"], "486"),
        ("+14155552002", ["initiated", "ringing", "no-answer"], "487"),
        ("+14155552003", ["initiated", "failed"], "404"),
        ("+14155552004", ["initiated", "ringing", "canceled"], "487"),
    ],
)
def test_these_never_answer(
    simulator: SimulatorProcess,
    client: Client,
    receiver: Receiver,
    number: str,
    statuses: list[str],
    sip_code: str,
) -> None:
    sid = played(number, simulator, client, receiver)
    assert receiver.statuses() == statuses
    last = receiver.at("/status")[-1].form
    assert (last["SipResponseCode"], last["CallDuration"], last["Duration"]) == (sip_code, "0", "0")
    assert last["SequenceNumber"] == str(len(statuses) - 1)
    call = client.calls(sid).fetch()
    assert (call.status, call.price) == (statuses[-1], None)
    assert receiver.at("/voice") == []


def test_2005_hangs_up_during_the_first_words(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.scenario(CALLEE, hang_up_after=1)
    for number, duration in (("+14155552005", "2"), (CALLEE, "1")):
        sid = played(number, simulator, client, receiver)
        call = client.calls(sid).fetch()
        assert (call.status, call.duration) == ("completed", duration)
        assert [heard["finished"] for heard in simulator.call(sid)["spoken"]][-1] is False
        assert client.calls(sid).recordings.list() == []


def test_2006_leaves_no_recording(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    sid = played("+14155552006", simulator, client, receiver)
    (absent,) = receiver.at("/recording")
    assert (absent.form["RecordingStatus"], absent.form["ErrorCode"]) == ("absent", "16102")
    assert "RecordingDuration" not in absent.form
    assert receiver.at("/ended") == []
    (recording,) = client.calls(sid).recordings.list()
    assert (recording.status, recording.error_code) == ("absent", 16102)


def test_2007_fails_to_record(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    played("+14155552007", simulator, client, receiver)
    (failed,) = receiver.at("/recording")
    assert failed.form["RecordingStatus"] == "failed"


def test_2008_fails_to_transcribe(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    played("+14155552008", simulator, client, receiver)
    _, transcribed = receiver.at("/recording")
    assert (transcribed.form["TranscriptionStatus"], transcribed.form["TranscriptionText"]) == ("failed", "")
    (transcription,) = client.transcriptions.list()
    assert (transcription.status, transcription.transcription_text) == ("failed", "(blank)")


def test_2009_rings_on(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    sid = played("+14155552009", simulator, client, receiver)
    assert client.calls(sid).fetch().status == "ringing"
    assert simulator.drain()["calls_not_over"] == [sid]


def test_2010_stays(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    sid = played("+14155552010", simulator, client, receiver)
    assert client.calls(sid).fetch().status == "in-progress"


def test_2014_is_called_although_nobody_is_told(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    impatient = Client(client.username, client.password, http_client=TwilioHttpClient(timeout=0.3))
    impatient.api.base_url = simulator.base_url
    with pytest.raises(requests.exceptions.ReadTimeout):
        place(impatient, receiver, to=LOST_ANSWER)
    simulator.drain()
    assert [call.status for call in client.calls.list(to=LOST_ANSWER)] == ["completed"]


def test_2015_stays_silent_until_the_record_ends(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/ended", "<Say>Thank you.</Say>")
    sid = played("+14155552015", simulator, client, receiver)
    (action,) = receiver.at("/ended")
    assert (action.form["Digits"], action.form["CallStatus"]) == ("", "in-progress")
    assert simulator.call(sid)["spoken"][-1]["text"] == "Thank you."


def test_2016_presses_a_key(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.answer("/ended", Answer(body="<Response><Hangup/></Response>"))
    played("+14155552016", simulator, client, receiver)
    assert receiver.at("/ended")[0].form["Digits"] == "#"


def test_from_5550001_is_invalid(client: Client, receiver: Receiver) -> None:
    with pytest.raises(TwilioRestException) as caught:
        place(client, receiver, from_="+15005550001")
    assert caught.value.code == 21212


def test_a_scenario_of_ones_own_goes_first(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.scenario("+14155552001", says="I am not busy any more.")
    played("+14155552001", simulator, client, receiver)
    assert receiver.at("/recording")[-1].form["TranscriptionText"] == "I am not busy any more."
