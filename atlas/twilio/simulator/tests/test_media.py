import io
import wave

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from ..media import WaveAudio
from ..testing import SimulatorProcess
from .placing import CALLEE, SAY_AND_RECORD, place
from .receiver import Receiver
from .test_rest import get

SECONDS = 9


@pytest.fixture
def recording(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> str:
    simulator.scenario(CALLEE, talk_seconds=SECONDS)
    receiver.twiml("/voice", SAY_AND_RECORD)
    place(client, receiver)
    simulator.drain()
    (found,) = client.recordings.list()
    assert (found.status, found.duration, found.source) == ("completed", str(SECONDS), "RecordVerb")
    return f"/Recordings/{found.sid}"


@pytest.mark.parametrize("extension", ["", ".wav"])
def test_the_recording_is_a_wav_of_its_length(
    simulator: SimulatorProcess, recording: str, extension: str
) -> None:
    answer = get(simulator, recording + extension)
    assert answer.headers["Content-Type"] == "audio/x-wav"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with wave.open(io.BytesIO(answer.content)) as audio:
        assert (audio.getframerate(), audio.getsampwidth(), audio.getnchannels()) == (8000, 2, 1)
        assert audio.getnframes() == SECONDS * 8000
        frames = audio.readframes(audio.getnframes())
    assert max(frames) > 0
    assert get(simulator, recording).content == answer.content


def test_the_head_has_the_length_only(simulator: SimulatorProcess, recording: str) -> None:
    url = f"{simulator.base_url}/2010-04-01/Accounts/{simulator.account_sid}{recording}"
    answer = requests.head(url, auth=(simulator.account_sid, simulator.auth_token), timeout=5)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == 44 + SECONDS * 16_000
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-99", slice(0, 100)),
        ("bytes=40-47", slice(40, 48)),
        ("bytes=44-", slice(44, None)),
        ("bytes=70000-140000", slice(70_000, 140_001)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=100-99999999", slice(100, None)),
    ],
)
def test_a_part_is_answered(simulator: SimulatorProcess, recording: str, wanted: str, part: slice) -> None:
    whole = get(simulator, recording).content
    answer = get(simulator, recording, headers={"Range": wanted})
    start, stop, _ = part.indices(len(whole))
    assert answer.status_code == 206
    assert answer.content == whole[part]
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=abc"])
def test_a_part_outside_is_refused(simulator: SimulatorProcess, recording: str, wanted: str) -> None:
    answer = get(simulator, recording, headers={"Range": wanted})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{44 + SECONDS * 16_000}"


def test_audio_needs_the_credentials(simulator: SimulatorProcess, recording: str) -> None:
    url = f"{simulator.base_url}/2010-04-01/Accounts/{simulator.account_sid}{recording}"
    assert requests.get(url, timeout=5).status_code == 401


def test_there_is_no_mp3(simulator: SimulatorProcess, recording: str) -> None:
    answer = get(simulator, recording + ".mp3")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_a_second_channel_is_refused(simulator: SimulatorProcess, recording: str) -> None:
    assert get(simulator, recording + "?RequestedChannels=2").status_code == 400
    assert get(simulator, recording + "?RequestedChannels=1").status_code == 200


def test_a_deleted_recording_keeps_its_metadata(
    simulator: SimulatorProcess, client: Client, recording: str
) -> None:
    sid = recording.rpartition("/")[2]
    assert client.recordings(sid).delete()
    assert client.recordings.list() == []
    assert get(simulator, recording).status_code == 404
    with pytest.raises(TwilioRestException):
        client.recordings(sid).fetch()
    assert client.recordings(sid).fetch(include_soft_deleted=True).status == "deleted"


def test_recordings_and_transcriptions_are_found_from_the_call(client: Client, recording: str) -> None:
    sid = recording.rpartition("/")[2]
    (call,) = client.calls.list()
    (found,) = client.calls(call.sid).recordings.list()
    assert (found.sid, client.calls(call.sid).recordings(sid).fetch().duration) == (sid, str(SECONDS))
    (transcription,) = client.recordings(sid).transcriptions.list()
    assert (
        client.transcriptions(transcription.sid).fetch().transcription_text
        == transcription.transcription_text
    )
    assert client.recordings(sid).transcriptions(transcription.sid).delete()
    assert client.transcriptions.list() == []


def test_any_part_of_an_audio_is_the_part_of_its_whole() -> None:
    audio = WaveAudio("RE1", 11)
    whole = audio.read(0, audio.size)
    assert len(whole) == audio.size
    assert all(
        audio.read(start, start + 777) == whole[start : start + 777] for start in range(0, audio.size, 5003)
    )
