"""The bench on a small scale: that it measures what it says, and not how fast it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from django.core.management import call_command
from django.db import connection
from rich.progress import Progress

from atlas.mongodb.testing import Command
from calls.models import Call
from webhooks.bench import run
from webhooks.bench.bare import send_commands
from webhooks.bench.commands import replayed
from webhooks.bench.load import Load, percentile
from webhooks.bench.measure import Amount, BenchError, Comparison, Row, Samples
from webhooks.bench.plan import Plan
from webhooks.bench.results import Results
from webhooks.bench.run import rows_of
from webhooks.bench.seeding import store_calls
from webhooks.bench.subjects import FIRST_NEW, Subject
from webhooks.bench.tables import BEGIN, END, markdown, put_between_markers
from webhooks.bench.workloads import Workload, workloads
from webhooks.models import WebhookEvent

REQUESTS = 20
BUDGET = {
    "status webhook": 2,
    "recording webhook": 4,
    "voice webhook (TwiML)": 3,
    "GET a call": 3,
    "GET calls, newest first": 3,
    "GET calls, by status": 3,
    "GET calls, a deep page": 3,
    "PATCH feedback": 4,
    "admin, list of calls": 4,
    "POST a call": 6,
}


@pytest.mark.django_db
@pytest.mark.usefixtures("simulator")
def test_each_row_keeps_to_its_budget_and_its_commands_work_alone_for_other_calls() -> None:
    store_calls(0, 40, advance=lambda _: None)
    host, port = connection.connection.address
    server = {"uri": f"mongodb://{host}:{port}/?directConnection=true", "database": connection.database.name}  # type: ignore[attr-defined]
    for workload in workloads(run.make_credentials(), stored=40):
        samples = Samples(workload)
        assert samples.commands_per_request() <= BUDGET[workload.name], workload.name
        alone = send_commands(samples.commands(workload.shots(8)), **server, connections=1)
        assert alone.errors == 0, workload.name
    assert WebhookEvent.objects.filter(pk__gte=Subject(FIRST_NEW).key).count() == 3 * 8 + 4 + 2
    assert Call.objects.filter(status="completed", pk__gte=Subject(FIRST_NEW).key).count() == 3


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as environment, (folder / "output").open("w") as output:
        environment.setenv("WEB_WORKERS", "1")
        call_command(
            "bench",
            "--calls=40",
            "--sizes=",
            "--connections=4",
            f"--requests={REQUESTS}",
            "--only=status webhook",
            output=folder,
            stdout=output,
        )
    assert "| status webhook | 4 |" in (folder / "output").read_text()
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return found


def test_every_request_is_answered_well_and_costs_its_commands(results: dict[str, Any]) -> None:
    [row] = results["rows"]
    assert row["commands_per_request"] == BUDGET[row["workload"]]
    for load in (row["atlas"], row["bare_pymongo"]):
        assert (load["requests"], load["errors"]) == (REQUESTS, 0), row


def test_the_status_webhook_is_compared_with_fastapi(results: dict[str, Any]) -> None:
    pytest.importorskip("fastapi")
    [load] = results["fastapi_status_webhook"]
    assert (load["connections"], load["requests"], load["errors"]) == (4, REQUESTS, 0)


def test_no_database_but_its_own_is_dropped() -> None:
    with pytest.raises(BenchError, match="atlas_bench"), run.own_database():
        pytest.fail("it went on")


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (75, 3.0), (95, 4.0), (99, 4.0), (1, 1.0)])
def test_a_percentile_is_one_of_the_values(percent: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value


def test_the_same_commands_for_another_call_have_its_names_and_keys_of_their_own() -> None:
    call, other, event = ObjectId(), ObjectId(), ObjectId()
    document = {"_id": event, "call_sid": "CA1", "url": "https://example.com/CA1", "delivery_key": "0" * 64}
    commands = [
        Command("findAndModify", {"findAndModify": "calls", "query": {"_id": call}}),
        Command("insert", {"insert": "webhook_events", "documents": [document]}),
        Command("update", {"update": "webhook_events", "updates": [{"q": {"_id": event}}]}),
    ]
    found, kept, updated = replayed(commands, {call: other, "CA1": "CA2"}, makes_documents=True)
    [made] = kept["documents"]
    assert found["query"] == {"_id": other}
    assert (made["call_sid"], made["url"]) == ("CA2", "https://example.com/CA2")
    assert made["_id"] not in (event, other)
    assert made["delivery_key"] != document["delivery_key"]
    assert updated["updates"] == [{"q": {"_id": made["_id"]}}]


def test_reading_and_credentials_are_replayed_as_they_are() -> None:
    key = {"findAndModify": "api_keys", "query": {"hashed_secret": "0" * 64}}
    page = {"find": "calls", "filter": {"_id": {"$lt": ObjectId()}}}
    commands = [Command("findAndModify", key), Command("find", page)]
    assert replayed(commands, {}, makes_documents=False) == [key, page]
    assert replayed(commands[:1], {}, makes_documents=True) == [key]


def load(seconds: float, errors: int = 0) -> Load:
    return Load(seconds, [seconds / 10] * 100, errors)


def some_results() -> Results:
    plan = Plan(stored=1000, sizes=[1000, 10_000], connections=[8], command="python manage.py bench")
    rows = [
        Row(1000, "status webhook", 8, 2, load(1.0), load(0.5)),
        Row(10_000, "status webhook", 8, 2, load(3.0), load(0.5)),
    ]
    facts, to_start = {"Python": "3.10"}, {"check": 1.234}
    return Results(plan, "2026-01-31", facts, to_start, 2, rows, [Comparison(8, load(2.0))])


def test_the_tables_have_each_figure_in_its_place() -> None:
    lines = markdown(some_results()).splitlines()
    assert "| status webhook | 8 | 100 | 100 | 100 | 100 | 0 | 2 | 200 | 2.00 |" in lines
    assert "| 8 | 100 | 50 | 100 | 200 | 2.00 |" in lines
    assert "| status webhook | 10 | 30 | 3.00 | 1.00 |" in lines
    assert "| check | 1.23 |" in lines


@pytest.mark.django_db
def test_an_interrupted_run_leaves_its_rows_and_says_that_some_are_missing() -> None:
    kept = []
    plan = Plan(stored=10, sizes=[], connections=[1, 8], only=["GET a call", "status webhook"])
    results = Results(plan, "2026-01-31", {}, {}, rows_of(plan))

    bench: Any = InterruptedBench(after=3)
    interrupted = run.Run(results, bench, Progress(), lambda found: kept.append(markdown(found)))
    with pytest.raises(KeyboardInterrupt):
        interrupted.measure()

    assert "| status webhook | 8 | 100 |" in kept[-1]
    assert "| incomplete | 3 of 4 rows |" in kept[-1]
    assert not results.as_json()["is_complete"]
    assert "incomplete" not in markdown(some_results())


class InterruptedBench:
    def __init__(self, after: int) -> None:
        self._left = after

    def row(self, workload: Workload, *, stored: int, connections: int) -> Row:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return Row(stored, workload.name, connections, 2, load(1.0), load(0.5))

    def comparison(self, workload: Workload, connections: int) -> list[Comparison]:
        return [Comparison(connections, load(2.0))]


def test_what_is_slow_is_measured_once() -> None:
    assert Amount(seconds=0.5).is_enough(load(0.6))
    assert not Amount(seconds=0.5).is_enough(load(0.4))
    assert not Amount(seconds=0.5, requests=7).is_enough(load(0.6))


def test_tables_replace_what_is_between_the_markers() -> None:
    page = f"# Speed\n{BEGIN}\nold\n{END}\nafter\n"
    assert put_between_markers(page, "new\n") == f"# Speed\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(ValueError, match="has no lines"):
        put_between_markers("# Speed\n", "new\n")


def test_the_page_about_performance_has_a_place_for_them() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
    assert put_between_markers(page.read_text(), "new\n").count("new") >= 1


def test_a_plan_survives_its_way_to_the_other_process() -> None:
    plan = Plan(sizes=[1, 2], only=["admin"], requests=3)
    assert Plan.from_json(plan.to_json()) == plan


def test_all_connections_are_measured_at_one_size_and_one_number_at_the_others() -> None:
    plan = Plan(stored=100, sizes=[10, 100], connections=[1, 32], growth_connections=8)
    assert {size: plan.connections_at(size) for size in plan.all_sizes()} == {10: [8], 100: [1, 8, 32]}
