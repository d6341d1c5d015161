import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from users.models import ApiKey, Scope
from users.services import authenticate_api_key

KEY = r"atlas_[0-9a-f]{12}_[A-Za-z0-9_-]{43}"


def run(*arguments: str) -> str:
    printed = StringIO()
    call_command("create_api_key", *arguments, stdout=printed)
    return printed.getvalue()


@pytest.mark.django_db
def test_it_prints_a_key_that_works() -> None:
    printed = run("Billing", "--scopes", "calls:read, users:read", "--expires-in-days", "30")

    assert "Billing may calls:read, users:read." in printed
    (plain_text,) = re.findall(KEY, printed)
    key = authenticate_api_key(plain_text=plain_text)
    assert key is not None
    assert key.scopes == ["calls:read", "users:read"]
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - timezone.now() < timedelta(days=31)


@pytest.mark.django_db
def test_it_prints_the_key_alone_for_scripts() -> None:
    assert re.fullmatch(f"{KEY}\n", run("Script", "--scopes", "all", "--quiet"))
    key = ApiKey.objects.get()
    assert set(key.scopes) == set(Scope.values)
    assert key.expires_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scopes", "calls:fly"], "Unknown scopes: calls:fly. There are: calls:read"),
        (["--scopes", ""], "Unknown scopes"),
        (["--scopes", "all", "--expires-in-days", "0"], "1 or more"),
    ],
)
def test_it_refuses_nonsense(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("Nonsense", *arguments)

    assert not ApiKey.objects.exists()
