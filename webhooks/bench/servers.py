"""The web servers that are measured, as processes with the environment of this one."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from django.conf import settings

from atlas.demo.processes import WEB_SERVER, DemoError, Process, free_port

PATIENCE = 60.0


@contextmanager
def atlas() -> Iterator[float]:
    """Yields the seconds from its start to its first answer."""
    started = time.perf_counter()
    with _process("web server", WEB_SERVER) as process:
        _wait_for_first_answer(process)
        yield time.perf_counter() - started


def _wait_for_first_answer(process: Process) -> None:
    url = f"http://127.0.0.1:{settings.PORT}/"
    headers = {"Host": urlsplit(settings.BASE_URL).netloc}
    process.wait_until_answering(url, headers=headers, patience=PATIENCE, pause=0.01)
    if requests.get(url, headers=headers, timeout=PATIENCE).status_code != requests.codes.ok:
        raise DemoError(f"The web server does not work; {process.log} says why.")


def has_fastapi() -> bool:
    return all(importlib.util.find_spec(name) for name in ("fastapi", "uvicorn", "python_multipart"))


@contextmanager
def fastapi() -> Iterator[int]:
    """Yields its port. It has as many processes as the web server."""
    port = free_port()
    arguments = ["-m", "uvicorn", "webhooks.bench.fastapi_app:app", "--port", str(port)]
    arguments += ["--workers", str(settings.WEB_WORKERS), "--no-access-log", "--log-level", "warning"]
    with _process("FastAPI server", arguments) as process:
        process.wait_until_answering(f"http://127.0.0.1:{port}/", patience=PATIENCE)
        yield port


def _process(name: str, arguments: list[str]) -> Process:
    log = settings.VAR_DIR / "log" / f"{name.split()[0].lower()}.log"
    return Process(name, arguments, log=log, environment={})
