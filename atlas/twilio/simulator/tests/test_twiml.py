from typing import Any

import pytest
from twilio.rest import Client

from ..interpreter import APPLICATION_ERROR
from ..testing import SimulatorProcess
from ..twiml import BadTwiml, parse_document
from .placing import CALLEE, place
from .receiver import Answer, Receiver


def spoken(simulator: SimulatorProcess, client: Client, receiver: Receiver, **options: Any) -> list[str]:
    sid = place(client, receiver, **options).sid
    simulator.drain()
    return [heard["text"] for heard in simulator.call(sid)["spoken"]]


def codes(simulator: SimulatorProcess) -> list[int]:
    return [entry["code"] for entry in simulator.debugger()]


def test_verbs_run_one_after_the_other(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml(
        "/voice", '<Say>One</Say><Pause length="2"/><Say loop="2">Two</Say><Hangup/><Say>Never</Say>'
    )
    assert spoken(simulator, client, receiver) == ["One", "Two", "Two"]


def test_twiml_of_the_request_itself_is_run(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    twiml = "<Response><Say>Inline &amp; “quoted” 🙂</Say></Response>"
    assert spoken(simulator, client, receiver, url=None, twiml=twiml) == ["Inline & “quoted” 🙂"]


def test_url_goes_before_twiml(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.twiml("/voice", "<Say>From the URL</Say>")
    assert spoken(simulator, client, receiver, twiml="<Response><Say>Inline</Say></Response>") == [
        "From the URL"
    ]
    assert codes(simulator) == [32019]


def test_a_redirect_is_followed(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.twiml("/voice", "<Say>One</Say><Redirect>next?step=2</Redirect><Say>Never</Say>")
    receiver.twiml("/next", '<Redirect method="GET">/last</Redirect>')
    receiver.twiml("/last", "<Say>Two</Say>")
    assert spoken(simulator, client, receiver) == ["One", "Two"]
    assert receiver.at("/last")[0].method == "GET"


def test_an_endless_loop_is_stopped(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.twiml("/voice", "<Redirect/>")
    assert spoken(simulator, client, receiver) == [APPLICATION_ERROR]
    assert codes(simulator) == [12400]
    assert receiver.statuses()[-1] == "completed"


def test_record_without_action_asks_the_same_address_again(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.scenario(CALLEE, then="stay_silent")
    receiver.answer(
        "/voice",
        Answer(body="<Response><Record/></Response>"),
        Answer(body="<Response><Say>Again</Say></Response>"),
    )
    assert spoken(simulator, client, receiver) == ["Again"]
    assert "RecordingUrl" in receiver.at("/voice")[1].form


def test_record_ends_at_its_greatest_length(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.scenario(CALLEE, talk_seconds=50)
    receiver.twiml("/voice", '<Record maxLength="10" action="/ended"/>')
    place(client, receiver)
    simulator.drain()
    (recording,) = client.recordings.list()
    assert recording.duration == "10"
    assert receiver.at("/ended")[0].form["CallStatus"] == "in-progress"


@pytest.mark.parametrize(("trim", "seconds"), [("trim-silence", "6"), ("do-not-trim", "13")])
def test_silence_is_trimmed(
    simulator: SimulatorProcess, client: Client, receiver: Receiver, trim: str, seconds: str
) -> None:
    simulator.scenario(CALLEE, talk_seconds=6, then="stay_silent")
    receiver.twiml("/voice", f'<Record timeout="7" trim="{trim}" action="/ended"/>')
    place(client, receiver)
    simulator.drain()
    assert [recording.duration for recording in client.recordings.list()] == [seconds]


@pytest.mark.parametrize("seconds", [2, 120])
def test_what_is_too_short_or_too_long_is_not_transcribed(
    simulator: SimulatorProcess, client: Client, receiver: Receiver, seconds: int
) -> None:
    simulator.scenario(CALLEE, talk_seconds=seconds)
    receiver.twiml("/voice", '<Record transcribe="true" transcribeCallback="/recording" action="/ended"/>')
    place(client, receiver)
    simulator.drain()
    assert receiver.at("/recording") == []
    assert codes(simulator) == [13617]


def test_gather_passes_on_what_was_entered(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    simulator.scenario(CALLEE, gather=["12#", "yes, please", "98765"])
    receiver.twiml("/voice", '<Gather action="/one"><Say>Your number?</Say></Gather><Say>Never</Say>')
    receiver.twiml("/one", '<Gather input="speech dtmf" action="/two"/>')
    receiver.twiml("/two", '<Gather numDigits="3" action="/three"/>')
    assert spoken(simulator, client, receiver) == ["Your number?"]
    assert receiver.at("/one")[0].form["Digits"] == "12"
    assert receiver.at("/two")[0].form["SpeechResult"] == "yes, please"
    assert receiver.at("/three")[0].form["Digits"] == "987"


def test_gather_without_input_goes_on(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/voice", '<Gather action="/one"/><Gather action="/two" actionOnEmptyResult="true"/>')
    receiver.twiml("/two", "<Say>Nothing</Say>")
    assert spoken(simulator, client, receiver) == ["Nothing"]
    assert receiver.at("/one") == []


def test_reject_hangs_up(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.twiml("/voice", "<Reject/><Say>Never</Say>")
    assert spoken(simulator, client, receiver) == []
    assert receiver.statuses()[-1] == "completed"


def test_what_is_unknown_is_a_warning_and_the_call_goes_on(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml(
        "/voice", '<say>no</say><Say colour="red">yes</Say><Dial>+14155550199</Dial><Pause length="x"/>'
    )
    assert spoken(simulator, client, receiver) == ["yes"]
    assert codes(simulator) == [12200, 12200, 12200, 12200]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(404), 11200),
        (Answer(500), 11200),
        (Answer(body="<Response><Say>"), 12100),
        (Answer(body="\n<?xml version='1.0'?><Response/>"), 12100),
        (Answer(body="<Answer/>"), 12100),
        (Answer(body=""), 12100),
        (Answer(body="<!DOCTYPE Response [<!ENTITY a 'b'>]><Response><Say>&a;</Say></Response>"), 12100),
        (Answer(body="<Response>" + " " * 64 * 1024 + "</Response>"), 11750),
        (Answer(body="{}", content_type="application/json"), 12300),
        (Answer(302, location="/voice"), 11215),
    ],
)
def test_a_script_that_fails_is_an_application_error(
    simulator: SimulatorProcess, client: Client, receiver: Receiver, answer: Answer, code: int
) -> None:
    receiver.answer("/voice", answer)
    assert spoken(simulator, client, receiver) == [APPLICATION_ERROR]
    assert codes(simulator) == [code]
    assert receiver.statuses() == ["initiated", "ringing", "in-progress", "completed"]


def test_the_fallback_is_asked_first(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.answer("/voice", Answer(500))
    url = receiver.twiml("/fallback", "<Say>Please call later.</Say>")
    assert spoken(simulator, client, receiver, fallback_url=url) == ["Please call later."]
    form = receiver.at("/fallback")[0].form
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", receiver.url("/voice?call_id=1"))


def test_plain_text_is_read_out(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.answer("/voice", Answer(body="Just words", content_type="text/plain"))
    assert spoken(simulator, client, receiver) == ["Just words"]


def test_a_long_text_is_cut(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.twiml("/voice", f'<Say voice="Polly.Joanna">{"a" * 3001}</Say><Say>{"b" * 4096}</Say><Say/>')
    assert [len(text) for text in spoken(simulator, client, receiver)] == [3000, 4096]
    assert codes(simulator) == [13521, 13520]


def test_a_bomb_of_entities_is_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE Response [<!ENTITY e0 "ha">{entities}]><Response><Say>&e9;</Say></Response>'
    with pytest.raises(BadTwiml) as caught:
        parse_document(bomb)
    assert caught.value.code == 12100


def test_an_address_that_is_none_is_an_error(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/voice", '<Record action="/ended" recordingStatusCallback="http://[bad/"/>')
    receiver.twiml("/ended", "<Redirect>http://[bad/</Redirect>")
    simulator.scenario(CALLEE, then="#")
    assert spoken(simulator, client, receiver) == [APPLICATION_ERROR]
    assert sorted(codes(simulator)) == [11100, 15003]


def test_a_relative_address_in_twiml_of_the_request_is_an_error(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    twiml = "<Response><Redirect>/next</Redirect></Response>"
    assert spoken(simulator, client, receiver, url=None, twiml=twiml) == [APPLICATION_ERROR]
    assert codes(simulator) == [11100]


def test_a_time_limit_ends_the_call(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    receiver.twiml("/voice", '<Pause length="600"/><Say>Never</Say>')
    sid = place(client, receiver, time_limit=30).sid
    simulator.drain()
    assert client.calls(sid).fetch().duration == "30"
