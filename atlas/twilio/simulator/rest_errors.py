from typing import Final

from aiohttp import web

# Twilio's error codes -> the HTTP status and the words of the answer.
REFUSALS: Final[dict[int, tuple[int, str]]] = {
    20001: (400, "Invalid parameter value: {}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "The service is temporarily unavailable"),
    21201: (400, "No to number is specified"),
    21205: (400, "Url is not a valid URL: {}"),
    21206: (400, "SendDigits '{}' is not valid"),
    21208: (400, "Timeout '{}' is not valid"),
    21209: (400, "Method '{}' is not valid"),
    21210: (
        400,
        "The source phone number provided, {}, is not yet verified for your account. You may only make calls "
        "from phone numbers that you've verified or purchased from Twilio.",
    ),
    21211: (400, "The 'To' number {} is not a valid phone number."),
    21212: (400, "The 'From' number {} is not a valid phone number, shortcode, or alphanumeric sender ID."),
    21213: (400, "A 'From' phone number is required."),
    21214: (400, "The 'To' phone number {} cannot be reached"),
    21215: (
        400,
        "Account not authorized to call {}. Perhaps you need to enable some international permissions: "
        "https://www.twilio.com/console/voice/calls/geo-permissions/low-risk",
    ),
    21216: (400, "Account not allowed to call {}"),
    21217: (400, "Phone number {} does not appear to be valid"),
    21220: (400, "Call is not in-progress. Cannot redirect."),
    21609: (400, "The StatusCallback URL {} is not a valid URL."),
}


class RestError(Exception):
    """An answer of the REST API that is an error, in Twilio's shape."""

    def __init__(self, code: int, about: str = "", *, status: int | None = None, message: str = "") -> None:
        known_status, words = REFUSALS.get(code, (400, "The request was refused with code {}"))
        self.code = code
        self.status = status or known_status
        self.message = message or words.format(about or code)
        super().__init__(self.message)

    def response(self) -> web.Response:
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else None
        return web.json_response(body, status=self.status, headers=headers)
