"""What somebody may type to find a call, and that an index serves it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from atlas.mongodb.testing import plan_of, recorded_commands
from atlas.tests.desk import CALLS, signed_in
from calls.admin.search import find_calls
from calls.models import Call
from calls.tests.factories import make_call, make_recording
from users.tests.factories import make_user

pytestmark = pytest.mark.django_db

TYPED: dict[str, Callable[[Call], str]] = {
    "a number": lambda _: "+14155550142",
    "a number with spaces": lambda _: " +1 415 555 0142 ",
    "a number with dashes and brackets": lambda _: "+1 (415) 555-0142",
    "a number with 00": lambda _: "0014155550142",
    "a number without its plus": lambda _: "14155550142",
    "a number without its country": lambda _: "(415) 555-0142",
    "the last four digits": lambda _: "0142",
    "the last seven digits": lambda _: "555-0142",
    "a call SID": lambda call: call.twilio_sid or "",
    "a call SID in other letters": lambda call: (call.twilio_sid or "").lower(),
    "a recording SID": lambda call: call.recordings.get().twilio_sid,
    "a call id": lambda call: call.call_id.upper(),
    "an external id": lambda _: "order/77",
}


@pytest.fixture
def call() -> Call:
    make_call(to_number="+14155550199")
    call = make_call(to_number="+14155550142", user_external_id="order/77")
    make_recording(call)
    return call


def test_it_is_found_by_an_index(call: Call) -> None:
    for what, typed in TYPED.items():
        text = typed(call)
        with recorded_commands() as commands:
            found = list(find_calls(Call.objects.all(), text)[:50])
        assert found == [call], what
        assert len(commands) <= 2, what
        for command in commands:
            assert "COLLSCAN" not in plan_of(command), what
            assert "IXSCAN" in plan_of(command), what


def test_an_email_finds_the_calls_of_that_person() -> None:
    call = make_call(user_external_id=str(make_user(email="ada@example.com").pk))
    make_call()
    with recorded_commands() as commands:
        assert list(find_calls(Call.objects.all(), " ADA@Example.com")) == [call]
    assert all("IXSCAN" in plan_of(command) for command in commands)


def test_an_external_id_of_digits_alone_comes_before_the_numbers_that_end_so() -> None:
    make_call(to_number="+14155551234")
    call = make_call(to_number="+14155550100", user_external_id="1234")
    assert list(find_calls(Call.objects.all(), "1234")) == [call]


def test_what_means_nothing_finds_nothing(call: Call) -> None:
    for text in (
        "142",
        "nobody",
        "+19998887777",
        "CA123",
        "%",
        ".*",
        "^",
        "$where",
        "0" * 40,
        "no@example.com",
    ):
        assert list(find_calls(Call.objects.all(), text)) == [], text


def test_the_list_says_what_can_be_typed_when_nothing_is_found(call: Call) -> None:
    page = signed_in().get(CALLS, {"q": "<b>nobody</b>"}).content.decode()
    assert "&lt;b&gt;nobody&lt;/b&gt;” was not found" in page
    assert "last four digits" in page
    assert "<b>nobody" not in page


def test_a_search_is_four_commands_however_much_it_finds() -> None:
    key = str(make_user(email="ada@example.com").pk)
    rows = [
        {"to_number": "+14155550142", "user_external_id": each, "created_at": timezone.now()}
        for each in ["order/77"] * 60 + [key] * 60
    ]
    Call.objects.bulk_create(
        Call(to_digits_reversed="24105555141", status_history=[], twilio_sid=f"CA{n:032x}", **row)
        for n, row in enumerate(rows, start=900_000)
    )
    client = signed_in()
    for text in ("0142", "+14155550142", "order/77", "ada@example.com"):
        with recorded_commands() as commands:
            page = client.get(CALLS, {"q": text})
        assert len(page.context["cl"].result_list) == 50
        assert len(commands) <= 4, (text, [command.name for command in commands])
    assert client.get(CALLS, {"q": "0142", "p": "2"}).context["cl"].result_list
