from http import HTTPStatus

from atlas.errors import AtlasError, Conflict, NotFound


class UserNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no user with this id.")


class EmailTaken(Conflict):
    def __init__(self) -> None:
        reason = "A user with this e-mail address exists already."
        super().__init__(reason, fields={"email": [reason]})


class SignInRefused(AtlasError):
    code = "unauthorized"
    status = HTTPStatus.UNAUTHORIZED
