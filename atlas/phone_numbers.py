from string import digits

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from atlas.errors import InvalidInput


def to_e164(text: str, *, field: str) -> str:
    """`text` as E.164, such as +14155550123; raises InvalidInput that names `field`."""
    try:
        number = phonenumbers.parse(text)
    except NumberParseException:
        number = None
    # An extension would be left out, and somebody else might answer.
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        reason = "Not a possible phone number: write it as E.164, such as +14155550123."
        raise InvalidInput(reason, fields={field: [reason]})
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mask(number: str) -> str:
    """Enough of a number to recognise it, not enough to dial it: +1415*****23."""
    return f"{number[:5]}{'*' * (len(number) - 7)}{number[-2:]}" if len(number) > 7 else "*" * len(number)


def reversed_digits(text: str) -> str:
    """The digits from the last to the first: numbers that end alike begin alike."""
    return "".join(character for character in reversed(text) if character in digits)


def is_e164(text: str) -> bool:
    try:
        return to_e164(text, field="number") == text
    except InvalidInput:
        return False
