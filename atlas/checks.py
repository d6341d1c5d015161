"""What would make a server unsafe or deaf, said before it starts. docs/configuration.md explains it all."""

from urllib.parse import urlsplit

import phonenumbers
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from atlas.phone_numbers import is_e164

SECRET_KEY_LENGTH = 50
LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104 - compared, never listened on


@register()
def check_settings(**_: object) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return [] if settings.TWILIO_AUTH_TOKEN else [NO_TOKEN]
    problems: list[CheckMessage] = [
        Error(message, hint=hint, id=f"atlas.{name}")
        for name, (is_wrong, message, hint) in _production_rules().items()
        if is_wrong
    ]
    return [*problems, SIMULATED] if settings.TWILIO_API_URL else problems


def refuse_unsafe_production() -> None:
    """Raises ImproperlyConfigured with every reason at once, not one for each try."""
    errors = [problem for problem in check_settings() if problem.is_serious()]
    if errors:
        reasons = "\n".join(f"  {error.id}: {error.msg} {error.hint}" for error in errors)
        raise ImproperlyConfigured(f"Atlas does not start in production like this:\n{reasons}")


NO_TOKEN = Warning(
    "TWILIO_AUTH_TOKEN is empty: every webhook will be refused.",
    hint="Copy it from console.twilio.com, or run `make install` for one that the simulator knows.",
    id="atlas.W001",
)
SIMULATED = Warning(
    "TWILIO_API_URL is set: nobody's telephone will ring.",
    hint="Leave it empty to use the real Twilio.",
    id="atlas.W002",
)


def _production_rules() -> dict[str, tuple[bool, str, str]]:
    base_url = urlsplit(settings.BASE_URL)
    return {
        "E001": (
            len(settings.SECRET_KEY) < SECRET_KEY_LENGTH or len(set(settings.SECRET_KEY)) < 10,
            "SECRET_KEY is missing or too easy to guess.",
            f"Set {SECRET_KEY_LENGTH} random characters or more: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'",
        ),
        "E002": (
            not settings.TWILIO_ACCOUNT_SID.startswith("AC"),
            "TWILIO_ACCOUNT_SID is missing.",
            "Copy it from console.twilio.com; it starts with AC.",
        ),
        "E003": (
            not settings.TWILIO_AUTH_TOKEN,
            "TWILIO_AUTH_TOKEN is empty, so no webhook could be told from a forged one.",
            "Copy it from console.twilio.com.",
        ),
        "E004": (
            not is_e164(settings.TWILIO_FROM_NUMBER),
            "TWILIO_FROM_NUMBER is missing or not E.164.",
            "Set a number of yours at Twilio, such as +14155550123.",
        ),
        "E005": (
            base_url.scheme != "https" or (base_url.hostname or "") in LOCAL_HOSTS,
            "BASE_URL is not an https address that Twilio can reach.",
            "Set the public one, such as https://atlas.example.com.",
        ),
        "E006": (
            "*" in settings.ALLOWED_HOSTS,
            "ALLOWED_HOSTS contains *.",
            "Name the hosts; the one of BASE_URL is among them already.",
        ),
        "E007": (
            not settings.MONGO_URI,
            "MONGO_URI is empty, and the embedded database is for development.",
            "Set the address of MongoDB 6 or newer.",
        ),
        "E008": (
            not {country.upper() for country in settings.ALLOWED_COUNTRIES} <= phonenumbers.SUPPORTED_REGIONS,
            "ALLOWED_COUNTRIES has a code that is none of ISO 3166.",
            "Write two letters for each, such as US,CA.",
        ),
    }
