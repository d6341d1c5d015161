"""A whole run, in a process that has the settings of the server that is measured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pymongo.errors import PyMongoError
from rich.progress import Progress

from users.models import Scope, Staff
from users.services import create_api_key
from webhooks.bench import machine, servers
from webhooks.bench.environment import DATABASE
from webhooks.bench.measure import Amount, Bench, BenchError
from webhooks.bench.plan import Plan
from webhooks.bench.results import COMPARED, Results
from webhooks.bench.seeding import store_calls
from webhooks.bench.workloads import Credentials, Workload, workloads

# So slow that a call which is placed does not ring before its row is over.
SIMULATOR_SPEED = 0.001


def run(plan: Plan, progress: Progress, keep: Callable[[Results], None]) -> None:
    """`keep` gets the results after each row, so that an interrupted run leaves what it has measured."""
    facts = machine.description(is_embedded=plan.is_embedded)
    with own_database(), quiet_twilio(), Bench(Amount(plan.seconds, plan.requests)) as bench:
        to_start = {"manage.py check": machine.seconds_of_check()} if not plan.only else {}
        with servers.atlas() as seconds:
            to_start["web server, from its start to its first answer"] = seconds
            day = timezone.now().date().isoformat()
            Run(Results(plan, day, facts, to_start, rows_of(plan)), bench, progress, keep).measure()


def rows_of(plan: Plan) -> int:
    """How many they are."""
    names = [each.name for each in workloads(Credentials("", ""), stored=plan.stored)]
    return len([name for name in names if plan.wants(name)]) * sum(
        len(plan.connections_at(size)) for size in plan.all_sizes()
    )


@contextmanager
def own_database() -> Iterator[None]:
    if settings.MONGO_DB != DATABASE:
        raise BenchError(f"The database of a bench is {DATABASE}, which is dropped, not {settings.MONGO_DB}.")
    connection.ensure_connection()
    client = connection.connection
    client.drop_database(DATABASE)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        yield
    finally:
        try:
            client.drop_database(DATABASE)
        except PyMongoError as error:  # busy still with what was interrupted, perhaps
            print(f"{DATABASE} is left, and dropped by the next run: {error}", file=sys.stderr)  # noqa: T201


@contextmanager
def quiet_twilio() -> Iterator[None]:
    """It takes calls and never says what became of them, which would be load of another kind."""
    control = f"{settings.TWILIO_API_URL}/simulator"
    requests.patch(f"{control}/settings", json={"speed": SIMULATOR_SPEED}, timeout=10).raise_for_status()
    requests.post(f"{control}/faults", json={"fault": "lose"}, timeout=10).raise_for_status()
    yield


class Run:
    def __init__(
        self, results: Results, bench: Bench, progress: Progress, keep: Callable[[Results], None]
    ) -> None:
        self._results, self._plan = results, results.plan
        self._bench = bench
        self._progress = progress
        self._keep = keep
        self._credentials = make_credentials()
        self._stored = 0

    def measure(self) -> None:
        self._keep(self._results)
        for size in self._plan.all_sizes():
            self._store(size)
            self._add_rows(size)

    def _store(self, size: int) -> None:
        task = self._progress.add_task(f"Storing {size:,} calls", total=size - self._stored)
        store_calls(self._stored, size, advance=lambda amount: self._progress.advance(task, amount))
        self._stored = size

    def _workloads(self) -> list[Workload]:
        made = workloads(self._credentials, stored=self._stored)
        return [workload for workload in made if self._plan.wants(workload.name)]

    def _add_rows(self, size: int) -> None:
        pairs = [(each, n) for each in self._workloads() for n in self._plan.connections_at(size)]
        task = self._progress.add_task("", total=len(pairs))
        for workload, connections in pairs:
            title = f"{workload.name}, {connections} connections, {size:,} calls"
            self._progress.update(task, description=title)
            self._results.rows.append(self._bench.row(workload, stored=size, connections=connections))
            if workload.name == COMPARED and size == self._plan.stored:
                self._results.comparisons.extend(self._bench.comparison(workload, connections))
            self._keep(self._results)
            self._progress.advance(task)


def make_credentials() -> Credentials:
    _, key = create_api_key(name="bench", scopes=Scope.values)
    client = Client()
    client.force_login(Staff.objects.create_superuser("bench", email=None, password=None))
    return Credentials(api_key=key, session=client.cookies[settings.SESSION_COOKIE_NAME].value)
