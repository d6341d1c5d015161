"""Templates of commands: what comes with each execution is a slot in them until they are filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Value

# What is stored for a value, as a field's get_db_prep_save.
Prepare = Callable[[Any, Any], Any]
Fill = Callable[[Mapping[str, Any], Any], Any]


@dataclass(frozen=True)
class Slot:
    name: str
    prepare: Prepare


class Parameter(Value):
    """
    Stands for a value that comes with each execution of a prepared update: in its filter, in its condition,
    and in its changes. Where no field says how the value is stored, `output_field` does.
    """

    def __init__(self, name: str, output_field: Any = None) -> None:
        super().__init__(None, output_field=output_field or models.Field())
        self.name = name

    def as_mql(self, compiler: Any, connection: Any, as_expr: bool = False) -> Any:
        slot = Slot(self.name, self.output_field.get_db_prep_save)
        return {"$literal": slot} if as_expr else slot


def stored(value: Any, prepare: Prepare, connection: Any) -> Any:
    """`value` as it is to be stored, or the slot for it."""
    return Slot(value.name, prepare) if isinstance(value, Parameter) else prepare(value, connection)


def filling(template: Any) -> Fill:
    """
    A function that returns the template with its slots filled; what has no slot in it is not copied. It is
    compiled to a Python expression, as walking through the template takes ten times as long.
    """
    writer = ExpressionWriter()
    source = f"lambda values, connection: {writer.expression(template)}"
    return eval(source, writer.names)  # type: ignore[no-any-return] # noqa: S307 - of our own templates alone


class ExpressionWriter:
    """Python for a template; `names` holds what stands in it by name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self._filled: dict[Slot, str] = {}

    def expression(self, template: Any) -> str:
        if isinstance(template, Slot):
            return self._slot(template)
        if not has_slots(template):
            return self._named(template)
        if isinstance(template, dict):
            return (
                "{" + ", ".join(f"{key!r}: {self.expression(part)}" for key, part in template.items()) + "}"
            )
        return "[" + ", ".join(map(self.expression, template)) + "]"

    def _slot(self, slot: Slot) -> str:
        """A value is prepared where it is first needed, and once."""
        if name := self._filled.get(slot):
            return name
        name = self._filled[slot] = f"value_{len(self._filled)}"
        return f"({name} := {self._named(slot.prepare)}(values[{slot.name!r}], connection))"

    def _named(self, part: Any) -> str:
        name = f"part_{len(self.names)}"
        self.names[name] = part
        return name


def has_slots(template: Any) -> bool:
    if isinstance(template, dict):
        return any(map(has_slots, template.values()))
    return isinstance(template, Slot) or (
        isinstance(template, list | tuple) and any(map(has_slots, template))
    )
