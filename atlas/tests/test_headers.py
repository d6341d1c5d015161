"""The headers of every area; that each area works under its policy is for the browser to tell."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DATA = [
    "/",
    "/health",
    "/openapi.json",
    "/users",
    "/calls",
    "/nowhere",
    "/twilio/status",
    "/auth/token",
    "/docs/",
]
PAGES = ["/docs", "/redoc", "/admin/login/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*DATA, *PAGES])
def test_every_answer_has_the_headers_that_protect_its_reader(anonymous: APIClient, path: str) -> None:
    answer = anonymous.get(path)

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", DATA)
def test_data_may_load_nothing_at_all(anonymous: APIClient, path: str) -> None:
    assert anonymous.get(path)["Content-Security-Policy"] == STRICT


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_from_its_own_origin_and_runs_no_script_within_it(
    anonymous: APIClient, path: str
) -> None:
    answer = anonymous.get(path)
    policy = dict(each.split(" ", 1) for each in answer["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert ("'unsafe-eval'" in policy["script-src"]) == path.startswith("/admin/")
    assert not any("http" in sources or "*" in sources for sources in policy.values())


@pytest.mark.django_db
def test_the_cookies_are_for_the_browser_alone_and_in_production_for_https_alone(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    answer = Client().get("/admin/login/")

    assert answer.cookies["csrftoken"]["secure"]
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
