"""What the staff do all day, in a real browser, with calls that the simulator played."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from atlas.tests.browser import Browser
from atlas.tests.desk import CALLS
from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call
from calls.services import CallRequest, place_call
from feedback.tests.factories import rate
from users.models import AuditEntry
from users.roles import Role
from users.tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = ["+14155550123", "+14155550124", "+14155552001", "+14155552006", "+14155552009"]


@pytest.fixture
def played(browser: Browser, simulator: SimulatorProcess) -> list[Call]:
    person = str(make_user(name="Ada Lovelace").pk)
    placed = [place_call(request=CallRequest(to=number, user_external_id=person)) for number in NUMBERS]
    simulator.drain()
    calls = [Call.objects.get(pk=call.pk) for call in placed]
    rate(calls[0], 2, notes="Nobody could help me.")
    rate(calls[1], 5)
    make_staff(Role.SUPPORT, username="sue")
    make_staff(Role.SUPERVISOR, username="sam")
    make_staff(username="root", is_superuser=True)
    return calls


def test_find_a_call_play_its_recording_and_write_a_note(browser: Browser, played: list[Call]) -> None:
    browser.sign_in("sue")
    browser.open(CALLS)
    browser.write("#searchbar", "(415) 555-0123")
    browser.follow("#changelist-search [type=submit]")
    browser.until(lambda: "Ada Lovelace" in browser.text)
    browser.follow("#result_list th a")
    assert "Somebody picked up, and the call ended normally." in browser.text
    assert AuditEntry.objects.count() == 0
    browser.click(".desk-player [data-speed='2']")
    browser.click(".desk-player .play")
    browser.until(lambda: browser.find(".desk-player output").text[:4] not in ("", "0:00"))
    assert "0:0" in browser.find(".desk-player input").get_attribute("aria-valuetext")  # type: ignore[operator]
    browser.until(lambda: AuditEntry.objects.filter(username="sue", action="listened").exists())
    browser.write("#note", "Sent the part again.")
    browser.follow(".desk-write [type=submit]")
    assert "Sent the part again." in browser.find("#notes").text
    assert "sue" in browser.find("#notes").text
    assert browser.errors() == []


def test_from_the_first_page_to_the_lists_behind_it(browser: Browser, played: list[Call]) -> None:
    browser.sign_in("sam")
    assert "Calls placed" in browser.text
    browser.until(
        lambda: browser.run("return Chart.getChart(document.querySelector('canvas')) !== undefined")
    )
    browser.click(".desk-table summary")
    assert "Canceled" in browser.text
    browser.follow(".desk-figures a")
    assert browser.run("return document.querySelectorAll('#result_list tr.data-row').length") == len(played)
    browser.click(".desk-filters summary")
    browser.follow(".desk-filters a[href*='outcome=busy']")
    assert "Outcome: Busy" in browser.text
    assert "1 call" in browser.text
    assert "outcome=busy" in browser.driver.current_url
    assert browser.errors() == []


def test_export_what_the_filters_leave(browser: Browser, played: list[Call]) -> None:
    browser.sign_in("sam")
    browser.open(f"{CALLS}?outcome=answered")
    browser.click("a[href*='export/csv']")

    def downloaded() -> Path | None:
        return next(iter(browser.downloads.glob("calls-*.csv")), None) if browser.downloads.exists() else None

    rows = list(csv.DictReader(browser.until(downloaded).read_text(encoding="utf-8-sig").splitlines()))
    assert {row["to_number"] for row in rows} == {NUMBERS[0], NUMBERS[1], NUMBERS[3]}
    assert AuditEntry.objects.get(username="sam").action == "exported"


def test_a_call_that_goes_on_is_followed_and_can_be_ended(browser: Browser, played: list[Call]) -> None:
    browser.sign_in("sam")
    browser.open(f"{CALLS}{played[4].pk}/change/")
    assert "The phone is ringing." in browser.text
    browser.follow("a[href*='do/hang-up']")
    assert "This ends the call" in browser.text
    browser.follow(".desk-confirm [type=submit]")
    assert "Twilio is ending the call." in browser.text
    browser.until(lambda: "The call was ended before anybody picked up." in browser.text)
    assert not browser.run("return document.querySelector('a[href*=\"do/hang-up\"]')")


def test_keys_alone_are_enough(browser: Browser, played: list[Call]) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.sign_in("sue")
    browser.open(CALLS)
    browser.find("#searchbar").send_keys("0124", Keys.ENTER)
    browser.until(lambda: "q=0124" in browser.driver.current_url)
    browser.find("#result_list th a").send_keys(Keys.ENTER)
    browser.until(lambda: "/change/" in browser.driver.current_url)
    browser.find(".desk-player .play").send_keys(Keys.SPACE)
    browser.until(
        lambda: browser.find(".desk-player .play").get_attribute("aria-label") == "Pause the recording"
    )
    browser.find(".desk-player input").send_keys(Keys.END)
    browser.until(lambda: browser.find(".desk-player input").get_attribute("value") not in ("0", None))


def test_what_is_ticked_is_counted_and_asked_about(browser: Browser, played: list[Call]) -> None:
    browser.sign_in("sam")
    browser.open(CALLS)
    browser.click("#result_list input.action-select")
    assert browser.find(".action-counter").text == f"1 of {len(played)} selected"
    browser.click("#action-toggle")
    assert browser.find(".action-counter").text == f"{len(played)} of {len(played)} selected"
    browser.run("document.querySelector('select[name=action]').value = 'call_again_all'")
    browser.follow(".desk-actions [type=submit]")
    assert f"Call again: {len(played)} calls?" in browser.text
    assert browser.errors() == []


def test_a_recording_names_whom_it_called(browser: Browser, played: list[Call]) -> None:
    browser.sign_in("sue")
    browser.open("/admin/calls/recording/")
    browser.until(lambda: NUMBERS[0] in browser.text)
    browser.follow("#result_list [data-call]")
    assert "Notes of the staff" in browser.text


def test_axe_finds_nothing_serious(browser: Browser, played: list[Call]) -> None:
    call = f"{CALLS}{played[0].pk}/change/"
    light = [
        "/admin/",
        CALLS,
        f"{CALLS}?q=nothing",
        call,
        f"{CALLS}{played[0].pk}/do/call-again/",
        "/admin/feedback/ratedcall/",
        "/admin/webhooks/webhookevent/",
        "/admin/calls/recording/",
        "/admin/users/staff/",
        "/admin/users/staff/add/",
        "/admin/users/apikey/add/",
        "/admin/auth/group/add/",
        "/admin/nothing/",
    ]
    browser.sign_in("root")
    found = {("light", path): browser.violations(path) for path in light}
    browser.prefer("dark")
    found |= {("dark", path): browser.violations(path) for path in ("/admin/", call)}
    assert {page: each for page, each in found.items() if each} == {}
    browser.open(CALLS)
    browser.run("document.querySelector('#searchbar').removeAttribute('aria-label')")
    browser.run("document.querySelector('#searchbar').removeAttribute('placeholder')")
    assert browser.violations()[0].startswith("label:")
