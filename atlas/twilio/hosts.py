import re

from django.conf import settings

# Visible ASCII without @ and \, which browsers and libraries read in different ways.
TWILIO = re.compile(r"https://([a-z0-9-]+\.)*twilio\.com(:443)?/[^@\\\x00-\x20\x7f-\U0010ffff]*")
LONGEST = 2000


def is_twilios(url: str) -> bool:
    """Whether `url` leads to Twilio, or to the simulator if that is in its place."""
    simulator = settings.TWILIO_API_URL
    return len(url) <= LONGEST and bool(
        TWILIO.fullmatch(url)
        or (simulator and re.fullmatch(rf"{re.escape(simulator)}/[\w./-]*", url, re.ASCII))
    )
