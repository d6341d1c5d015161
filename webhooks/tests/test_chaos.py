"""The short form of `make chaos`: real processes, and the two breaks that hurt most."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from webhooks.tests.chaos import SPEED, run
from webhooks.tests.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world") / "atlas", speed=SPEED) as world:
        yield world


@pytest.mark.parametrize("name", ["database killed", "web server killed, database silent"])
def test_each_call_ends_as_twilio_knows_it(world: World, name: str) -> None:
    report = run(world, name, calls=10, dice=random.Random(1))
    assert report.journalled > 0
    assert (report.lost_deliveries, report.differences) == ([], [])
    if "web" not in name:
        assert (report.only_sync_repaired, report.unanswered) == ([], 0)
