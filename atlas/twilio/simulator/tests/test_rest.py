from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from ..testing import SimulatorProcess
from .placing import CALLEE, FROM, SAY_AND_RECORD, place
from .receiver import Receiver

LONG_CALL = "+14155552010"
RINGS_ON = "+14155552009"


def refusal(client: Client, receiver: Receiver, **options: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        place(client, receiver, **options)
    return caught.value


def test_a_new_call_is_queued(client: Client, receiver: Receiver) -> None:
    call = place(client, receiver)
    assert call.status == "queued"
    assert call.direction == "outbound-api"
    assert (call.start_time, call.end_time, call.duration, call.price) == (None, None, None, None)
    assert call.date_created is not None
    assert datetime.now(timezone.utc) - call.date_created < timedelta(minutes=1)


def test_a_finished_call_has_its_times(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/voice", "<Say>" + "word " * 60 + "</Say>")
    sid = place(client, receiver).sid
    simulator.drain()
    call = client.calls(sid).fetch()
    assert (call.status, call.duration, call.price, call.price_unit) == ("completed", "20", "-0.01400", "USD")
    assert call.start_time is not None
    assert call.end_time is not None


def test_calls_are_listed_newest_first_page_by_page(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    sids = [place(client, receiver, to=f"+1415555{number:04}").sid for number in range(7)]
    simulator.drain()
    assert [call.sid for call in client.calls.list(page_size=3)] == sids[::-1]
    assert [call.sid for call in client.calls.list(limit=4, page_size=2)] == sids[:2:-1]


def test_a_new_call_does_not_shift_the_next_page(client: Client, receiver: Receiver) -> None:
    sids = [place(client, receiver).sid for _ in range(4)]
    page = client.calls.page(page_size=2)
    place(client, receiver)
    following = page.next_page()
    assert following is not None
    assert [call.sid for call in following] == [sids[1], sids[0]]


def test_lists_are_filtered(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    busy = place(client, receiver, to="+14155552001").sid
    done = place(client, receiver).sid
    simulator.drain()
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    yesterday = tomorrow - timedelta(days=2)
    assert [call.sid for call in client.calls.list(status="busy")] == [busy]
    assert [call.sid for call in client.calls.list(to=CALLEE)] == [done]
    assert client.calls.list(from_="+14155550199") == []
    assert len(client.calls.list(start_time_after=yesterday)) == 2
    assert client.calls.list(start_time_after=tomorrow) == []
    assert client.calls.list(start_time_before=yesterday) == []
    assert len(client.calls.list(start_time=datetime.now(timezone.utc).date())) == 2


def test_an_empty_page_starts_and_ends_at_0(simulator: SimulatorProcess) -> None:
    page = get(simulator, "/Calls.json?PageSize=2").json()
    assert (page["calls"], page["start"], page["end"], page["next_page_uri"]) == ([], 0, 0, None)
    assert page["page_size"] == 2


def test_a_ringing_call_is_cancelled(simulator: SimulatorProcess, client: Client, receiver: Receiver) -> None:
    sid = place(client, receiver, to=RINGS_ON).sid
    simulator.drain()
    assert client.calls(sid).fetch().status == "ringing"
    client.calls(sid).update(status="canceled")
    simulator.drain()
    assert client.calls(sid).fetch().status == "canceled"
    assert receiver.statuses() == ["initiated", "ringing", "canceled"]


def test_a_call_in_progress_is_hung_up(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    receiver.twiml("/voice", SAY_AND_RECORD)
    sid = place(client, receiver, to=LONG_CALL).sid
    simulator.drain()
    assert client.calls(sid).fetch().status == "in-progress"
    assert client.calls(sid).update(status="completed").status == "completed"
    simulator.drain()
    assert receiver.statuses()[-1] == "completed"
    assert receiver.at("/ended")[0].form["Digits"] == "hangup"
    assert [request.form.get("RecordingStatus") for request in receiver.at("/recording")] == [
        "completed",
        None,
    ]


def test_canceled_does_not_touch_a_call_in_progress(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    sid = place(client, receiver, to=LONG_CALL).sid
    simulator.drain()
    assert client.calls(sid).update(status="canceled").status == "in-progress"


def test_a_call_in_progress_is_redirected(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    sid = place(client, receiver, to=LONG_CALL).sid
    simulator.drain()
    client.calls(sid).update(url=receiver.twiml("/other", "<Say>Something else.</Say>"))
    simulator.drain()
    client.calls(sid).update(twiml="<Response><Say>And that.</Say></Response>")
    simulator.drain()
    assert [heard["text"] for heard in simulator.call(sid)["spoken"]] == ["Something else.", "And that."]
    assert client.calls(sid).fetch().status == "in-progress"


def test_a_call_that_is_over_cannot_be_changed(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    sid = place(client, receiver).sid
    simulator.drain()
    with pytest.raises(TwilioRestException) as caught:
        client.calls(sid).update(status="completed")
    assert (caught.value.status, caught.value.code) == (400, 21220)
    assert "Call is not in-progress. Cannot redirect." in caught.value.msg


def test_a_finished_call_can_be_deleted(
    simulator: SimulatorProcess, client: Client, receiver: Receiver
) -> None:
    sid = place(client, receiver).sid
    simulator.drain()
    assert client.calls(sid).delete()
    with pytest.raises(TwilioRestException) as caught:
        client.calls(sid).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "12"}, 21211),
        ({"to": "+1999"}, 21211),
        ({"to": FROM}, 21211),
        ({"from_": ""}, 21213),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "none"}, 21212),
        ({"from_": "+14155550199"}, 21210),
        ({"url": None}, 21205),
        ({"url": "localhost:1/voice"}, 21205),
        ({"fallback_url": "nowhere"}, 21205),
        ({"method": "PUT"}, 21209),
        ({"timeout": 0}, 21208),
        ({"send_digits": "hello"}, 21206),
        ({"status_callback": "http://a_host/status"}, 21609),
        ({"status_callback": "status"}, 21609),
        ({"url": None, "twiml": "<Response>" + " " * 4000 + "</Response>"}, 20001),
    ],
)
def test_it_refuses_what_twilio_refuses(
    client: Client, receiver: Receiver, options: dict[str, object], code: int
) -> None:
    error = refusal(client, receiver, **options)
    assert (error.status, error.code) == (400, code)
    assert client.calls.list() == []


def test_numbers_may_be_written_with_spaces(client: Client, receiver: Receiver) -> None:
    assert place(client, receiver, to="+1 (415) 555-0123").to == CALLEE


def test_wrong_credentials_are_refused(simulator: SimulatorProcess) -> None:
    client = Client(simulator.account_sid, "wrong")
    client.api.base_url = simulator.base_url
    with pytest.raises(TwilioRestException) as caught:
        client.calls("CA" + "0" * 32).fetch()
    assert (caught.value.status, caught.value.code) == (401, 20003)


def test_errors_have_twilios_shape(simulator: SimulatorProcess) -> None:
    path = f"/2010-04-01/Accounts/{simulator.account_sid}/calls.json"
    answer = requests.get(simulator.base_url + path, auth=credentials(simulator), timeout=5)
    assert answer.status_code == 404
    assert answer.json() == {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }
    assert (
        requests.put(simulator.base_url + path.replace("calls", "Calls"), timeout=5).json()["code"] == 20004
    )


def test_the_account_and_its_number_are_there(simulator: SimulatorProcess, client: Client) -> None:
    account = client.api.accounts(simulator.account_sid).fetch()
    (number,) = client.incoming_phone_numbers.list()
    assert (account.status, account.type) == ("active", "Full")
    assert number.phone_number == FROM


def get(simulator: SimulatorProcess, path: str, **options: object) -> requests.Response:
    url = f"{simulator.base_url}/2010-04-01/Accounts/{simulator.account_sid}{path}"
    return requests.get(url, auth=credentials(simulator), timeout=5, **options)  # type: ignore[arg-type]


def credentials(simulator: SimulatorProcess) -> tuple[str, str]:
    return simulator.account_sid, simulator.auth_token
