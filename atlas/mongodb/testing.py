"""For tests: which commands were sent, and how the server would run them.

Import this before the first connection, as a test module does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection
from pymongo import monitoring

HOUSEKEEPING = {"hello", "ismaster", "ping", "endSessions", "killCursors", "buildInfo", "explain"}
ENVELOPE = {"$db", "$clusterTime", "$readPreference", "lsid", "txnNumber", "writeConcern"}


class Command(NamedTuple):
    name: str
    body: dict[str, Any]


class Recorder(monitoring.CommandListener):
    def __init__(self) -> None:
        self.lists: list[list[Command]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in HOUSEKEEPING:
            return
        body = {key: value for key, value in event.command.items() if key not in ENVELOPE}
        for commands in self.lists:
            commands.append(Command(event.command_name, body))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


_recorder = Recorder()
monitoring.register(_recorder)


@contextmanager
def recorded_commands() -> Iterator[list[Command]]:
    """The commands that this process sends to MongoDB meanwhile, from all its threads, in their order."""
    connection.ensure_connection()
    if _recorder not in connection.connection.options.event_listeners:
        raise RuntimeError("atlas.mongodb.testing must be imported before the first connection")
    commands: list[Command] = []
    _recorder.lists.append(commands)
    try:
        yield commands
    finally:
        # By identity: two empty lists are equal.
        _recorder.lists = [each for each in _recorder.lists if each is not commands]


def plan_of(command: Command) -> set[str]:
    """The stages of the plan, such as {"FETCH", "IXSCAN"}; for an update or a delete, of its look-up."""
    explained = connection.database.command(  # type: ignore[attr-defined]
        "explain", _explainable(command), verbosity="queryPlanner"
    )
    return set(_stages(explained))


def _explainable(command: Command) -> dict[str, Any]:
    if command.name not in ("update", "delete"):
        return command.body
    (write,) = command.body[f"{command.name}s"]
    return {"find": command.body[command.name], "filter": write["q"]}


def _stages(explained: Any) -> Iterator[str]:
    if isinstance(explained, list):
        for each in explained:
            yield from _stages(each)
    elif isinstance(explained, dict):
        for key, value in explained.items():
            if key == "stage":
                yield value
            elif key == "$sort":
                yield "SORT"
            elif key not in ("rejectedPlans", "command", "parsedQuery"):
                yield from _stages(value)


def has_index_in_order(command: Command) -> bool:
    """
    Whether an index has the fields that the filter compares for equality, then those of the sort in their
    order: MongoDB then needs no SORT, while the embedded server's planner names one all the same.
    """
    equal = {name for name, value in command.body["filter"].items() if not isinstance(value, dict)}
    wanted = [(name, order) for name, order in command.body["sort"].items() if name not in equal]
    indexes = connection.get_collection(command.body["find"]).list_indexes()  # type: ignore[attr-defined]
    return any(_is_in_order(list(index["key"].items()), equal, wanted) for index in indexes)


def _is_in_order(keys: list[tuple[str, int]], equal: set[str], wanted: list[tuple[str, int]]) -> bool:
    rest = keys[len(equal) :][: len(wanted)]
    reverse = [(name, -order) for name, order in rest]
    return {name for name, _ in keys[: len(equal)]} == equal and wanted in (rest, reverse)
