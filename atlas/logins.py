"""How often somebody may guess a password, over the API and in the admin together."""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from atlas.addresses import client_address
from atlas.limits import seconds_to_wait

logger = logging.getLogger(__name__)

LoginView = Callable[..., HttpResponseBase]
# An office behind one address signs in more often than one person, and less often than a list of passwords.
PEOPLE_AT_AN_ADDRESS = 10


def seconds_until_login(request: HttpRequest, username: str) -> int:
    """Counts an attempt, right or wrong; 0 if it may be made."""
    address, rate = client_address(request), settings.THROTTLE_LOGIN
    # Not as it is: a password is easily typed into the wrong field.
    account = hashlib.sha256(f"{address} {username.lower()}".encode()).hexdigest()[:32]
    wait = seconds_to_wait(f"login:{address}", rate.times(PEOPLE_AT_AN_ADDRESS))
    wait = wait or seconds_to_wait(f"login:{account}", rate)
    if wait:
        logger.warning("Too many attempts to sign in from %s", address)
    return wait


def limited(login: LoginView) -> LoginView:
    """The admin's login page, with its attempts counted."""

    @wraps(login)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wait = (
            seconds_until_login(request, request.POST.get("username", "")) if request.method == "POST" else 0
        )
        if not wait:
            return login(request, *args, **kwargs)
        text = f"Too many attempts to sign in. Try again in {wait} seconds."
        status, headers = HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(wait)}
        return HttpResponse(text, content_type="text/plain", status=status, headers=headers)

    return view
