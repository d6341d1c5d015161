from http import HTTPStatus

from atlas.errors import AtlasError, Unavailable


class TwilioError(AtlasError):
    """Twilio did not do what was asked. `permanent`: asking again will not help."""

    permanent = False


class TwilioRejected(TwilioError):
    """Twilio said no; `twilio_code` is its error code, such as 21211."""

    code = "twilio_rejected"
    status = HTTPStatus.BAD_REQUEST
    permanent = True

    def __init__(self, detail: str, *, twilio_code: int) -> None:
        super().__init__(detail)
        self.twilio_code = twilio_code


class TwilioUnavailable(TwilioError, Unavailable):
    """Twilio could not be reached or was not able to answer; nothing was done."""

    code = "twilio_unavailable"


class TwilioOutcomeUnknown(TwilioError, Unavailable):
    """The request was sent and no answer came: Twilio may or may not have done it."""

    code = "twilio_unavailable"
