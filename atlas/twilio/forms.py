from __future__ import annotations

from urllib.parse import parse_qs

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest

FORM = "application/x-www-form-urlencoded"


class Form(dict[str, list[str]]):
    """
    The parameters of a webhook, each with all its values. Django's own, request.POST, costs three times as
    much, and a webhook of Twilio's has about thirty of them.
    """

    @classmethod
    def of(cls, request: HttpRequest) -> Form:
        """Raises what request.POST does: TooManyFieldsSent, RequestDataTooBig, UnreadablePostError."""
        text, limit = _text(request.body), settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        try:
            return cls(parse_qs(text, keep_blank_values=True, max_num_fields=limit))
        except ValueError as error:
            raise TooManyFieldsSent(f"The form has more than {limit} parameters.") from error

    def getall(self, name: str) -> list[str]:
        """What Twilio's RequestValidator asks for first."""
        return self[name]

    def last_values(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self.items()}


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:  # not encoded as a form has to be; each byte is a character, as in Django
        return body.decode("iso-8859-1")
