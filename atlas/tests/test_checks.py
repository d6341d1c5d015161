import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from atlas.checks import check_settings, refuse_unsafe_production

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k3y-of-a-production-server-that-nobody-could-ever-guess-0123456789",
    "BASE_URL": "https://atlas.example.com",
    "MONGO_URI": "mongodb://127.0.0.1:9/",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000002",
    "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
    "TWILIO_FROM_NUMBER": "+14155550123",
    "TWILIO_API_URL": "",
    "ENV_FILE": os.devnull,
    "PATH": os.environ["PATH"],
}
WRONG: dict[str, tuple[str, Any]] = {
    "atlas.E001": ("SECRET_KEY", "x" * 60),
    "atlas.E002": ("TWILIO_ACCOUNT_SID", ""),
    "atlas.E003": ("TWILIO_AUTH_TOKEN", ""),
    "atlas.E004": ("TWILIO_FROM_NUMBER", "555 0123"),
    "atlas.E005": ("BASE_URL", "https://localhost"),
    "atlas.E006": ("ALLOWED_HOSTS", ["*"]),
    "atlas.E007": ("MONGO_URI", ""),
    "atlas.E008": ("ALLOWED_COUNTRIES", ["US", "XX"]),
    "atlas.W002": ("TWILIO_API_URL", "http://127.0.0.1:8001"),
}


@pytest.fixture
def production(settings: Settings) -> Settings:
    for name, value in PRODUCTION.items():
        setattr(settings, name, value)
    settings.PRODUCTION = True
    return settings


@pytest.mark.usefixtures("production")
def test_a_safe_production_has_nothing_to_say() -> None:
    assert check_settings() == []
    refuse_unsafe_production()


@pytest.mark.parametrize("check", WRONG)
def test_each_danger_has_an_id_and_says_how_to_mend_it(production: Settings, check: str) -> None:
    name, value = WRONG[check]
    setattr(production, name, value)

    (problem,) = check_settings()

    assert problem.id == check
    assert name in problem.msg
    assert problem.hint


@pytest.mark.parametrize("secret_key", ["unset", "short but with many letters", "x" * 60])
def test_a_key_that_can_be_guessed_is_refused(production: Settings, secret_key: str) -> None:
    production.SECRET_KEY = secret_key

    assert [problem.id for problem in check_settings()] == ["atlas.E001"]


@pytest.mark.parametrize(
    "base_url", ["http://atlas.example.com", "https://127.0.0.1", "https://[::1]", "https://"]
)
def test_an_address_that_twilio_cannot_reach_is_refused(production: Settings, base_url: str) -> None:
    production.BASE_URL = base_url

    assert [problem.id for problem in check_settings()] == ["atlas.E005"]


def test_a_refused_start_names_every_reason_at_once(production: Settings) -> None:
    for name, value in WRONG.values():
        setattr(production, name, value)

    with pytest.raises(ImproperlyConfigured) as error:
        refuse_unsafe_production()

    assert all((check in str(error.value)) == check.startswith("atlas.E") for check in WRONG)


def test_development_is_warned_of_deaf_webhooks_only(settings: Settings) -> None:
    assert check_settings() == []

    settings.TWILIO_AUTH_TOKEN = ""

    assert [problem.id for problem in check_settings()] == ["atlas.W001"]


def run(*arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=django_settings.BASE_DIR,
        env=PRODUCTION | changes,
        capture_output=True,
        text=True,
    )


def test_the_deployment_check_is_silent_in_a_safe_production() -> None:
    done = run("-W", "error", "manage.py", "check", "--deploy", "--fail-level", "DEBUG")

    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (1 silenced)" in done.stdout


def test_neither_a_command_nor_the_web_server_starts_in_an_unsafe_production() -> None:
    unsafe = {"SECRET_KEY": "", "TWILIO_AUTH_TOKEN": "", "BASE_URL": "http://atlas.example.com"}

    gunicorn = ["-m", "gunicorn", "--config", "python:atlas.gunicorn_conf", "atlas.wsgi"]
    starts = (["manage.py", "check"], ["-c", "import atlas.wsgi"], gunicorn)
    for done in [run(*arguments, **unsafe) for arguments in starts]:
        assert done.returncode != 0
        assert all(f"atlas.{check}" in done.stderr for check in ("E001", "E003", "E005"))
    assert "Traceback" not in done.stderr, "gunicorn says it plainly"
