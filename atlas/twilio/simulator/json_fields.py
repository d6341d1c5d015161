"""Reading a JSON body strictly: every unknown field and every bad value is named."""

from collections.abc import Callable, Mapping
from typing import Any

Reader = Callable[[Any], Any]


class BadFields(Exception):
    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(fields)
        self.fields = fields


def read_fields(
    data: object, readers: Mapping[str, Reader], *, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise BadFields({"": "the body must be a JSON object"})
    problems = {name: "this field is required" for name in required if name not in data}
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in readers:
            problems[name] = f"unknown field; known are {', '.join(sorted(readers))}"
            continue
        try:
            values[name] = readers[name](value)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise BadFields(problems)
    return values


def number(least: float, most: float) -> Reader:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise ValueError(f"must be a number from {least:g} to {most:g}")
        return value

    return read


def whole_number(least: int, most: int) -> Reader:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return read


def one_of(*choices: str) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return read


def some_of(*choices: str) -> Reader:
    def read(value: Any) -> frozenset[str]:
        if not isinstance(value, list) or not value or not all(item in choices for item in value):
            raise ValueError(f"must be a list of some of {', '.join(choices)}")
        return frozenset(value)

    return read


def text(most: int = 20_000) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise ValueError(f"must be text of at most {most} characters")
        return value

    return read


def texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)
