from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from atlas.mongodb.expressions import Append
from atlas.mongodb.testing import recorded_commands
from atlas.mongodb.tests.conftest import NOON, MakeLetter
from atlas.mongodb.tests.models import Letter, Step


def stored_steps() -> Any:
    return connection.database["mongodb_tests_letter"].find_one()["steps"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("steps", [None, []])
def test_it_appends_to_what_may_not_be_there_yet(make_letter: MakeLetter, steps: list[Step] | None) -> None:
    make_letter(steps=steps)

    Letter.objects.update(steps=Append("steps", Step(name="sent", at=NOON)))
    Letter.objects.update(steps=Append("steps", Step(name="read", at=NOON), Step(name="kept", at=NOON)))

    steps_now = Letter.objects.get().steps
    assert [(step.name, step.at, step.rank) for step in steps_now] == [
        ("sent", NOON, 0),
        ("read", NOON, 0),
        ("kept", NOON, 0),
    ]


def test_it_appends_to_a_missing_field(make_letter: MakeLetter) -> None:
    make_letter()
    connection.database["mongodb_tests_letter"].update_one({}, {"$unset": {"steps": ""}})  # type: ignore[attr-defined]

    Letter.objects.update(steps=Append("steps", Step(name="sent", at=NOON)))

    assert [step.name for step in Letter.objects.get().steps] == ["sent"]


def test_it_stores_what_saving_the_whole_array_stores(make_letter: MakeLetter) -> None:
    step = Step(name="sent", at=NOON + timedelta(microseconds=1000), rank=3)
    make_letter(steps=[step])
    saved = stored_steps()

    Letter.objects.update(steps=None)
    Letter.objects.update(steps=Append("steps", step))

    assert stored_steps() == saved == [{"name": "sent", "at": step.at.replace(tzinfo=None), "rank": 3}]


def test_it_stores_text_as_text(make_letter: MakeLetter) -> None:
    make_letter(owner="ann")

    Letter.objects.update(steps=Append("steps", Step(name="$owner", at=NOON), Step(name="$$ROOT", at=NOON)))

    assert [step.name for step in Letter.objects.get().steps] == ["$owner", "$$ROOT"]


def test_a_status_and_its_history_are_one_write(make_letter: MakeLetter) -> None:
    letter = make_letter(rank=1)
    later = Letter.objects.filter(pk=letter.pk, rank__lt=2)

    with recorded_commands() as commands:
        first = later.update(rank=2, steps=Append("steps", Step(name="sent", at=NOON)))
        again = later.update(rank=2, steps=Append("steps", Step(name="sent", at=NOON)))

    assert (first, again) == (1, 0)
    assert [command.name for command in commands] == ["update", "update"]
    assert len(Letter.objects.get().steps) == 1


def test_it_refuses_an_item_of_another_kind(make_letter: MakeLetter) -> None:
    make_letter()

    with pytest.raises(TypeError, match="Expected instance of type"):
        Letter.objects.update(steps=Append("steps", {"name": "sent"}))
