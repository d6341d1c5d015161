"""python -m webhooks.bench PLAN FOLDER: what the command `bench` starts, with the server's environment."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import django
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def main(plan_text: str, folder: Path) -> None:
    django.setup()
    from webhooks.bench.plan import Plan  # noqa: PLC0415 - the models come after the setup
    from webhooks.bench.results import Results  # noqa: PLC0415
    from webhooks.bench.run import run  # noqa: PLC0415
    from webhooks.bench.tables import markdown  # noqa: PLC0415

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]

    def keep(results: Results) -> None:
        (folder / "results.json").write_text(json.dumps(results.as_json(), indent=2) + "\n")
        (folder / "results.md").write_text(markdown(results))

    with Progress(*columns, console=Console(stderr=True)) as progress:
        run(Plan.from_json(plan_text), progress, keep)


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
