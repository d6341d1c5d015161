"""Where the figures come from, and how long a start takes there."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection

CHECKS = 3


def description(*, is_embedded: bool) -> dict[str, str]:
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": platform.system() + " " + platform.machine(),
        "Python": platform.python_version(),
        "Django": version("Django"),
        "database": f"SecantusDB {version('SecantusDB')}, embedded" if is_embedded else _server(),
        "web server": f"gunicorn, {settings.WEB_WORKERS} workers of {settings.WEB_THREADS} threads",
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")


def _server() -> str:
    connection.ensure_connection()
    return f"MongoDB {connection.connection.server_info()['version']}"


def seconds_of_check() -> float:
    """`manage.py check`, the middle of a few."""
    return statistics.median(_seconds_of_one_check() for _ in range(CHECKS))


def _seconds_of_one_check() -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "manage.py", "check"], check=True, cwd=settings.BASE_DIR, capture_output=True
    )
    return time.perf_counter() - started
