"""What browsers may do with our answers: for each area as little as it works with."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

Policy = dict[str, str]

# Data, which loads nothing and is never shown in a frame.
NOTHING: Policy = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
OWN: Policy = NOTHING | {
    "script-src": "'self'",
    # Swagger UI, Redoc and Unfold set styles on elements.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
}
# Redoc searches in a worker that it makes from a text of its own.
REDOC = OWN | {"worker-src": "blob:"}
# Unfold's menus, tabs and dialogs are Alpine.js, which reads its expressions from attributes: that is eval.
ADMIN = OWN | {
    "script-src": "'self' 'unsafe-eval'",
    "media-src": "'self'",
    "form-action": "'self'",
}
AREAS = {"/docs": OWN, "/redoc": REDOC}

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response["Content-Security-Policy"] = policy_of(request.path_info)
        response["Permissions-Policy"] = PERMISSIONS
        if not request.path_info.startswith("/static/"):
            # Personal data, most of it: it stays in no cache on the way.
            response.setdefault("Cache-Control", "no-store")
        return response


def written(policy: Policy) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


OF_ADMIN, OF_THE_REST = written(ADMIN), written(NOTHING)
OF_AREAS = {path: written(policy) for path, policy in AREAS.items()}


def policy_of(path: str) -> str:
    return OF_ADMIN if path.startswith("/admin/") else OF_AREAS.get(path, OF_THE_REST)
