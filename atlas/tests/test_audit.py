import json
from typing import Any

import pytest

from atlas.audit import SAFE, UNKNOWN, VULNERABLE, verdict

GOOD = {"name": "django", "version": "5.2.19", "vulns": []}
BAD = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}]}
SKIPPED = {"name": "odd", "skip_reason": "Dependency not found on PyPI and could not be audited: odd (1.0)"}


@pytest.mark.parametrize(
    ("libraries", "code", "words"),
    [
        ([GOOD], SAFE, "1 of 1 libraries were looked up: 0 known"),
        ([GOOD, BAD], VULNERABLE, "old 1.0: PYSEC-1, mended in 1.1"),
        ([GOOD, SKIPPED], UNKNOWN, "not complete"),
        ([BAD, SKIPPED], VULNERABLE, "not complete"),
        ([], UNKNOWN, "0 of 0"),
    ],
)
def test_only_what_was_looked_up_is_called_safe(libraries: list[Any], code: int, words: str) -> None:
    exit_code, report = verdict(json.dumps({"dependencies": libraries, "fixes": []}), "")

    assert exit_code == code
    assert words in report


@pytest.mark.parametrize("output", ["", "<html>", "{}", "[]"[:1]])
def test_no_answer_is_not_taken_for_a_good_one(output: str) -> None:
    code, report = verdict(output, "Traceback\nConnectionError: no network\n")

    assert code == UNKNOWN
    assert report == "The audit could not be done: ConnectionError: no network\n"
