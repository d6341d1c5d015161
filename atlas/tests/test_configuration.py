"""Three places name the environment's variables; they cannot drift apart."""

import re

from django.conf import settings

ROW = re.compile(r"^\| `([A-Z_]+)` \| (.*?) \|", re.MULTILINE)
# Not for a .env: one says where it is, the other where the tests keep their data.
NOT_IN_EXAMPLE = {"ENV_FILE", "VAR_DIR"}


def text(path: str) -> str:
    return (settings.BASE_DIR / path).read_text()


EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", text(".env.example"), re.MULTILINE))
DOCUMENTED = dict(ROW.findall(text("docs/configuration.md")))


def test_every_variable_that_is_read_is_in_the_example() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text("atlas/settings.py")))

    assert read - NOT_IN_EXAMPLE == set(EXAMPLE)


def test_every_variable_is_documented_in_the_order_of_the_example() -> None:
    assert list(DOCUMENTED) == list(EXAMPLE)
    assert all(f"`{name}`" in text("docs/configuration.md") for name in NOT_IN_EXAMPLE)


def test_the_documented_defaults_are_those_of_the_example() -> None:
    for name, documented in DOCUMENTED.items():
        if EXAMPLE[name] and documented not in ("made up", "see `.env.example`"):
            assert documented == f"`{EXAMPLE[name]}`", name


def test_every_check_is_explained() -> None:
    ids = set(re.findall(r'"(?:atlas\.)?([EW]\d{3})"', text("atlas/checks.py")))

    assert ids
    assert ids == set(re.findall(r"atlas\.([EW]\d{3})", text("docs/configuration.md")))
