"""Numbers to call that behave in a known way.

| number       | what happens                                                                        |
|--------------|-------------------------------------------------------------------------------------|
| +15005550001 | REST error 21217, the number is not valid (Twilio's own test number)                |
| +15005550002 | REST error 21214, it cannot be reached (Twilio's own)                               |
| +15005550003 | REST error 21215, no permission for that country (Twilio's own)                     |
| +15005550004 | REST error 21216, it is blocked (Twilio's own)                                      |
| +14155552001 | rings, then is busy                                                                 |
| +14155552002 | rings until Timeout, no answer                                                      |
| +14155552003 | fails before it rings                                                               |
| +14155552004 | the carrier cancels the call while it rings                                         |
| +14155552005 | answers and hangs up after two seconds, in the middle of the first words            |
| +14155552006 | answers, says nothing: the recording is absent                                      |
| +14155552007 | answers and talks, but the recording fails                                          |
| +14155552008 | answers and talks, but the transcription fails                                      |
| +14155552009 | rings until it is cancelled over REST                                               |
| +14155552010 | answers and stays in progress until it is hung up over REST                         |
| +14155552011 | REST error 21211, an invalid number                                                 |
| +14155552012 | REST error 20429 with status 429                                                    |
| +14155552013 | REST error 20500 with status 500                                                    |
| +14155552014 | is called, but the REST request is never answered                                   |
| +14155552015 | talks, then stays silent: the recording ends by its timeout, the call goes on       |
| +14155552016 | talks, then presses #                                                               |

As From, +15005550001 is refused with 21212 (Twilio's own). Every other valid number answers after two
seconds, listens, talks when it is recorded, and hangs up.
"""

from .scenarios import Scenario

INVALID_FROM = "+15005550001"

MAGIC_NUMBERS: dict[str, Scenario] = {
    "+15005550001": Scenario(refusal=21217),
    "+15005550002": Scenario(refusal=21214),
    "+15005550003": Scenario(refusal=21215),
    "+15005550004": Scenario(refusal=21216),
    "+14155552001": Scenario(outcome="busy"),
    "+14155552002": Scenario(outcome="no-answer"),
    "+14155552003": Scenario(outcome="failed"),
    "+14155552004": Scenario(outcome="canceled"),
    "+14155552005": Scenario(hang_up_after=2.0),
    "+14155552006": Scenario(says=""),
    "+14155552007": Scenario(recording="failed"),
    "+14155552008": Scenario(transcription="failed"),
    "+14155552009": Scenario(outcome="rings"),
    "+14155552010": Scenario(stays=True),
    "+14155552011": Scenario(refusal=21211),
    "+14155552012": Scenario(refusal=20429),
    "+14155552013": Scenario(refusal=20500),
    "+14155552014": Scenario(answer_lost=True),
    "+14155552015": Scenario(then="stay_silent"),
    "+14155552016": Scenario(then="#"),
}
