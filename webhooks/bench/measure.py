"""One row: the requests over HTTP, then their database commands alone, next to each other in time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import bson
from django.conf import settings

from atlas.mongodb.testing import Command, recorded_commands
from calls.lifecycle import Outcome
from webhooks.bench import bare, generator, servers
from webhooks.bench.commands import Document, replayed
from webhooks.bench.load import Load
from webhooks.bench.seeding import remove_new
from webhooks.bench.subjects import FIRST_NEW, Subject
from webhooks.bench.workloads import Shot, Workload
from webhooks.models import WebhookEvent

LEAST_FOR_EACH_CONNECTION = 5
LEAST_FOR_A_TRIAL = 12


class BenchError(Exception):
    """What makes the figures worthless; the text says why."""


@dataclass(frozen=True)
class Amount:
    """How many requests a row sends: as many as take `seconds`, unless `requests` says it."""

    seconds: float
    requests: int | None = None

    def of(self, trial: Load, connections: int) -> int:
        at_least = LEAST_FOR_EACH_CONNECTION * connections
        return self.requests or max(at_least, int(trial.rate * self.seconds))

    def is_enough(self, trial: Load) -> bool:
        """What is so slow is measured once: a list of many calls on the embedded server takes seconds."""
        return self.requests is None and trial.seconds >= self.seconds

    def of_trial(self, connections: int) -> int:
        """A first few requests that warm everything up and show how many it takes."""
        return min(self.requests or LEAST_FOR_A_TRIAL, LEAST_FOR_A_TRIAL) + 2 * connections


@dataclass(frozen=True)
class Row:
    stored: int
    workload: str
    connections: int
    commands: float
    atlas: Load
    bare: Load

    @property
    def ratio(self) -> float:
        """How often the time of the bare commands goes into that of Atlas."""
        return self.bare.rate / self.atlas.rate


@dataclass(frozen=True)
class Comparison:
    """The status webhook of the minimal FastAPI service."""

    connections: int
    fastapi: Load


class Bench:
    """`with Bench(...) as bench:` has a process that sends requests and one that sends bare commands."""

    def __init__(self, amount: Amount) -> None:
        self._amount = amount
        context = multiprocessing.get_context("spawn")
        self._generator = ProcessPoolExecutor(1, context, generator.stay_on_one_core)
        self._bare = ProcessPoolExecutor(1, context)

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._generator.shutdown(cancel_futures=True)
        self._bare.shutdown(cancel_futures=True)

    def row(self, workload: Workload, *, stored: int, connections: int) -> Row:
        samples = Samples(workload)
        over_http = self.over_http(workload, port=settings.PORT, connections=connections)
        alone = self._alone(workload, samples, connections)
        commands = samples.commands_per_request()
        return Row(stored, workload.name, connections, commands, over_http, alone)

    def comparison(self, workload: Workload, connections: int) -> list[Comparison]:
        """
        To be made right after the row that it is compared with: a machine is not as fast in one minute as in
        another. None if FastAPI is not installed.
        """
        if not servers.has_fastapi():
            return []
        with servers.fastapi() as port:
            return [Comparison(connections, self.over_http(workload, port=port, connections=connections))]

    def over_http(self, workload: Workload, *, port: int, connections: int) -> Load:
        trial = self._counted(workload, self._amount.of_trial(connections), port, connections)
        if self._amount.is_enough(trial):
            return trial
        return self._counted(workload, self._amount.of(trial, connections), port, connections)

    def _counted(self, workload: Workload, amount: int, port: int, connections: int) -> Load:
        shots = workload.shots(amount)
        remove_deliveries()
        load = self._send(shots, port, connections)
        lost = len(shots) - kept_deliveries() if workload.is_webhook and port == settings.PORT else 0
        remove_new()
        return Load(load.seconds, load.latencies, max(load.errors, lost))

    def _send(self, shots: Sequence[Shot], port: int, connections: int) -> Load:
        requests = [shot.request.raw() for shot in shots]
        return self._generator.submit(generator.send, requests, port=port, connections=connections).result()

    def _alone(self, workload: Workload, samples: Samples, connections: int) -> Load:
        load = self._sent_alone(workload, samples, self._amount.of_trial(connections), connections)
        if not self._amount.is_enough(load):
            load = self._sent_alone(workload, samples, self._amount.of(load, connections), connections)
        if load.errors:
            raise BenchError(f"{load.errors} of the bare commands of a {workload.name} failed")
        return load

    def _sent_alone(self, workload: Workload, samples: Samples, amount: int, connections: int) -> Load:
        load = self._bare.submit(
            bare.send_commands,
            samples.commands(workload.shots(amount)),
            uri=settings.MONGO_URI,
            database=settings.MONGO_DB,
            connections=connections,
        ).result()
        remove_new()
        return load


def remove_deliveries() -> None:
    WebhookEvent.objects.filter(pk__gte=Subject(FIRST_NEW).key).delete()


def kept_deliveries() -> int:
    """A webhook that is answered and not kept waits in the journal, which is no work done."""
    of_new = WebhookEvent.objects.filter(pk__gte=Subject(FIRST_NEW).key)
    return int(of_new.filter(outcome__in=[Outcome.APPLIED, Outcome.LATE]).count())


class Samples:
    """One request of each kind, made in this process, with the commands that it sent."""

    def __init__(self, workload: Workload) -> None:
        self._makes_documents = workload.makes_documents
        self._samples: dict[str, tuple[Shot, list[Command]]] = {}
        for shot in workload.shots(4):
            if shot.kind not in self._samples:
                self._samples[shot.kind] = shot, commands_of(shot)

    def commands(self, shots: Sequence[Shot]) -> list[list[Document]]:
        return [self._commands(shot) for shot in shots]

    def _commands(self, shot: Shot) -> list[Document]:
        sample, commands = self._samples[shot.kind]
        names = dict(zip(sample.subject.identifiers(), shot.subject.identifiers(), strict=True))
        return replayed(commands, names, makes_documents=self._makes_documents)

    def commands_per_request(self) -> float:
        counts = [len(commands) for _, commands in self._samples.values()]
        return sum(counts) / len(counts)


def commands_of(shot: Shot) -> list[Command]:
    with recorded_commands() as commands:
        answer = shot.request.perform()
    if not 200 <= answer.status_code < 300:
        raise BenchError(f"{shot.request.method} {shot.request.path} is answered {answer.status_code}")
    return [Command(command.name, _plain(command.body)) for command in commands]


def _plain(document: Document) -> Document:
    """With what travels between processes and to the server alone: no enums, no lazy texts."""
    plain: Document = bson.decode(bson.encode(document))
    return plain
