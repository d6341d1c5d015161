from typing import Any

import pytest

from atlas.errors import InvalidInput
from atlas.phone_numbers import to_e164
from calls.number_rules import CallRefused, allowed_countries, check_number


@pytest.fixture
def world(settings: Any) -> Any:
    settings.ALLOWED_COUNTRIES = ["US", "gb", "DE", "FR"]
    return settings


@pytest.mark.parametrize(
    "number", ["+14155550123", "+14155552011", "+15005550001", "+15005550006", "+18005551212"]
)
def test_a_number_at_home_may_be_called(number: str) -> None:
    check_number(number)


@pytest.mark.parametrize("number", ["+442071838750", "+447400123456", "+4930123456", "+33123456789"])
def test_a_number_in_an_allowed_country_may_be_called(world: Any, number: str) -> None:
    check_number(number)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+18765551234", "JM"),
        ("+18095551234", "DO"),
        ("+12425551234", "BS"),
        ("+16045550123", "CA"),
        ("+442071838750", "GB"),
        ("+447911123456", "GG"),
        ("+37254123456", "EE"),
        ("+979123456789", "001"),
        ("+870123456789", "001"),
        ("+19765551234", "does not tell"),
        ("+15555555555", "does not tell"),
    ],
)
def test_another_country_is_refused_though_it_may_share_its_prefix(number: str, country: str) -> None:
    with pytest.raises(CallRefused) as refused:
        check_number(number)

    assert country in str(refused.value)
    assert "ALLOWED_COUNTRIES" in str(refused.value)
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+19005551234", "premium-rate"),
        ("+449091234567", "premium-rate"),
        ("+448451234567", "premium-rate"),
        ("+33899123456", "premium-rate"),
        ("+4918012345678", "shared-cost"),
        ("+443001234567", "company-wide"),
        ("+447012345678", "personal"),
        ("+4990012345678", "no known kind"),
    ],
)
def test_what_costs_more_than_a_call_is_refused(world: Any, number: str, kind: str) -> None:
    with pytest.raises(CallRefused, match=kind) as refused:
        check_number(number)

    assert "ALLOWED_NUMBERS" in str(refused.value)


def test_a_single_number_can_be_allowed(settings: Any) -> None:
    settings.ALLOWED_NUMBERS = ["+19005551234", "+18765551234", "+49112"]

    check_number("+19005551234")
    check_number("+18765551234")


@pytest.mark.parametrize("text", ["+14155550123;ext=99", "+14155550123 x99", "+14155550123,,,9#"])
def test_a_number_with_an_extension_is_no_number_to_call(text: str) -> None:
    with pytest.raises(InvalidInput):
        to_e164(text, field="to")


@pytest.mark.parametrize("number", ["+49112", "+49110", "+3317", "+43112", "+1911"])
def test_nothing_allows_an_emergency_number(world: Any, number: str) -> None:
    world.ALLOWED_NUMBERS = [number]
    world.ALLOWED_COUNTRIES = ["DE", "FR", "AT", "US"]

    with pytest.raises(CallRefused, match="Emergency"):
        check_number(number)


@pytest.mark.parametrize(
    ("own", "countries"), [("+15005550006", ["US"]), ("+442071838750", ["GB"]), ("", []), ("nonsense", [])]
)
def test_home_is_where_the_own_number_is(settings: Any, own: str, countries: list[str]) -> None:
    settings.TWILIO_FROM_NUMBER = own

    assert allowed_countries() == countries
