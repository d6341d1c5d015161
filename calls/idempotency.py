from __future__ import annotations

import re
from typing import cast

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from atlas.api.permissions import Credential
from atlas.errors import InvalidInput

HEADER = "Idempotency-Key"
ACCEPTED = re.compile(r"[!-~]{1,200}")
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    type={"type": "string", "pattern": f"^{ACCEPTED.pattern}$"},
    location=OpenApiParameter.HEADER,
    description="With the same key and body the first answer is given again, and nothing is dialled.",
)


def idempotency_key(request: Request) -> str | None:
    """The key of the request's header, apart for each credential. Raises InvalidInput."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not ACCEPTED.fullmatch(key):
        reason = "1 to 200 printable ASCII characters without spaces, such as a UUID."
        raise InvalidInput(f"The {HEADER} is not valid.", fields={HEADER: [reason]})
    return f"{cast('Credential', request.auth).caller}:{key}"
