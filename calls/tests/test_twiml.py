from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import twiml

CONSENT = "This call may be recorded."
URLS = twiml.RecordingUrls(
    callback="https://atlas.example.com/twilio/recording",
    ended="https://atlas.example.com/twilio/voice/ended?call_id=1&x=2",
)
ALICE = twiml.Voice("alice")


def canonical(document: str) -> str:
    return ElementTree.canonicalize(document, strip_text=True)


def test_a_recorded_call_hears_consent_then_script_and_is_recorded() -> None:
    expected = """
        <Response>
            <Say voice="alice">This call may be recorded.</Say>
            <Say voice="alice">Hello.</Say>
            <Record maxLength="3600" timeout="5" trim="trim-silence" transcribe="true"
                transcribeCallback="https://atlas.example.com/twilio/recording"
                recordingStatusCallback="https://atlas.example.com/twilio/recording"
                recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed absent"
                action="https://atlas.example.com/twilio/voice/ended?call_id=1&amp;x=2"/>
            <Hangup/>
        </Response>"""
    assert canonical(twiml.spoken(CONSENT, "Hello.", voice=ALICE, recording=URLS)) == canonical(expected)


def test_a_call_without_recording_hears_the_script_alone() -> None:
    expected = '<Response><Say voice="alice">Hello.</Say><Hangup/></Response>'
    assert canonical(twiml.spoken("Hello.", voice=ALICE)) == canonical(expected)


def test_the_end_of_a_recording_hangs_up() -> None:
    assert canonical(twiml.ended()) == "<Response><Hangup></Hangup></Response>"


def test_the_language_is_named_only_when_it_is_set() -> None:
    assert 'language="en-GB"' in twiml.spoken("Hello.", voice=twiml.Voice("Polly.Amy", "en-GB"))


def test_markup_quotes_and_emoji_are_spoken_as_they_are() -> None:
    script = 'Fish & chips < 5 > "4" it\'s 😀 ]]> <Hangup/> &amp;'
    [say, hangup] = ElementTree.fromstring(twiml.spoken(script, voice=ALICE))
    assert (say.text, hangup.tag) == (script, "Hangup")


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    [say, _] = ElementTree.fromstring(twiml.spoken("a\x00b\x1bc\ufffe", voice=ALICE))
    assert say.text == "abc"


def test_a_long_script_is_cut_at_the_ends_of_sentences() -> None:
    script = " ".join(f"This is sentence number {number} of a long script." for number in range(130))[:5000]
    pieces = list(twiml.say_pieces(script))
    assert len(pieces) == 2
    assert pieces[0].endswith("script.")
    assert " ".join(pieces) == script


def test_a_long_sentence_is_cut_between_words() -> None:
    words = " ".join(["word"] * 1000)
    pieces = list(twiml.say_pieces(words))
    assert " ".join(pieces) == words


@pytest.mark.parametrize("script", ["x" * 5000, "😀" * 5000, "ü " * 2500])
def test_five_thousand_characters_without_a_sentence_fit(script: str) -> None:
    assert len(twiml.spoken(script, voice=ALICE).encode()) < 64_000
    assert "".join(twiml.say_pieces(script)).replace(" ", "") == script.replace(" ", "")


@given(st.text(max_size=5000))
def test_every_piece_fits_and_nothing_spoken_is_lost(script: str) -> None:
    pieces = list(twiml.say_pieces(script))
    assert all(len(piece) <= 3000 and len(quote(piece)) <= 4500 for piece in pieces)
    spoken = twiml.UNWRITABLE.sub("", script)
    assert "".join("".join(pieces).split()) == "".join(spoken.split())
