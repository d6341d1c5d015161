from pathlib import Path

import pytest

from .. import magic_numbers
from ..__main__ import new_parser
from ..faults import FAULTS
from ..scenarios import SCENARIO_FIELDS

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "simulator.md").read_text()


@pytest.mark.parametrize("number", magic_numbers.MAGIC_NUMBERS)
def test_it_names_every_magic_number(number: str) -> None:
    assert number in PAGE
    assert number in (magic_numbers.__doc__ or "")


@pytest.mark.parametrize(
    "field", [*SCENARIO_FIELDS, *FAULTS, *(name for fields in FAULTS.values() for name in fields)]
)
def test_it_names_every_scenario_and_fault(field: str) -> None:
    assert f"`{field}`" in PAGE


def test_it_names_every_option() -> None:
    options = [option for action in new_parser()._actions for option in action.option_strings]
    assert all(f"`{option}`" in PAGE for option in options if option not in ("-h", "--help"))
