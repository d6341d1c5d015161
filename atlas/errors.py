"""What services raise. Each error knows its HTTP answer, so that views need not translate it."""

from http import HTTPStatus


class AtlasError(Exception):
    """`code` and `str(error)` are shown to the API's clients: no secrets, no personal data."""

    code = "error"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    retry_after: int | None = None  # seconds

    def __init__(self, detail: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.fields = fields


class InvalidInput(AtlasError):
    code = "invalid_input"
    status = HTTPStatus.BAD_REQUEST


class NotFound(AtlasError):
    code = "not_found"
    status = HTTPStatus.NOT_FOUND


class Conflict(AtlasError):
    code = "conflict"
    status = HTTPStatus.CONFLICT


class Unavailable(AtlasError):
    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after = 5
