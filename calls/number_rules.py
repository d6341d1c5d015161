"""Which numbers are never called, because somebody else would earn by it. Pure: no database, no Twilio."""

from http import HTTPStatus

import phonenumbers
from django.conf import settings
from phonenumbers import PhoneNumber, PhoneNumberType

from atlas.errors import AtlasError
from atlas.phone_numbers import is_e164

NORTH_AMERICA = 1
REFUSED_TYPES = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.UAN: "a company-wide number at a special rate",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number at a special rate",
    # An unassigned range; nobody could say what it costs.
    PhoneNumberType.UNKNOWN: "a number of no known kind",
}


class CallRefused(AtlasError):
    """By a rule of this server, and not by Twilio. The text names the rule and how to change it."""

    code = "call_refused"
    status = HTTPStatus.FORBIDDEN


def check_number(e164: str) -> None:
    """Raises CallRefused."""
    number = phonenumbers.parse(e164)
    if _is_short(number):
        raise CallRefused("Emergency and other short numbers are never called; no setting changes that.")
    if e164 not in settings.ALLOWED_NUMBERS:
        _check_country(number)
        _check_type(number)


def allowed_countries() -> list[str]:
    """ISO 3166 codes; by default that of the number that calls come from."""
    if settings.ALLOWED_COUNTRIES:
        return [country.upper() for country in settings.ALLOWED_COUNTRIES]
    own = settings.TWILIO_FROM_NUMBER
    home = phonenumbers.region_code_for_number(phonenumbers.parse(own)) if is_e164(own) else None
    return [home] if home else []


def _is_short(number: PhoneNumber) -> bool:
    dialled = str(number.national_number)
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    return any(
        phonenumbers.connects_to_emergency_number(dialled, region)
        or phonenumbers.is_valid_short_number_for_region(number, region)
        for region in regions
    )


def _check_country(number: PhoneNumber) -> None:
    # By the whole number: +1 is the United States, Canada and the Caribbean.
    country = phonenumbers.region_code_for_number(number)
    allowed = allowed_countries()
    if country not in allowed:
        raise CallRefused(
            f"Calls to {country or 'a country that the number does not tell'} are not allowed, only to: "
            f"{', '.join(allowed) or 'none'}. The operator of this server may add to ALLOWED_COUNTRIES, or "
            "this one number to ALLOWED_NUMBERS."
        )


def _check_type(number: PhoneNumber) -> None:
    kind = phonenumbers.number_type(number)
    # In North America personal numbers cost what others cost.
    if kind == PhoneNumberType.PERSONAL_NUMBER and number.country_code == NORTH_AMERICA:
        return
    if kind in REFUSED_TYPES:
        raise CallRefused(
            f"This is {REFUSED_TYPES[kind]}, and such are not called. The operator of this server may add it "
            "to ALLOWED_NUMBERS."
        )
