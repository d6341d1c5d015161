"""What `make run` needs before it can run, and says when it is missing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from atlas.demo.processes import free_port
from atlas.dotenv import filled_in, make_dotenv

ROOT = Path(__file__).resolve().parent.parent.parent


def environment_in(folder: Path) -> dict[str, str]:
    dotenv = folder / ".env"
    dotenv.write_text(filled_in((ROOT / ".env.example").read_text()))
    unset = {"SECRET_KEY", "TWILIO_AUTH_TOKEN", "BASE_URL", "MONGO_URI"}
    return {name: value for name, value in os.environ.items() if name not in unset} | {
        "ENV_FILE": str(dotenv),
        "VAR_DIR": str(folder / "var"),
        "PORT": str(free_port()),
        "SIMULATOR_PORT": str(free_port()),
    }


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    environment = environment_in(tmp_path)
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        ended = subprocess.run(
            [sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
    assert ended.returncode == 1
    assert f"Port {environment['PORT']} is taken" in ended.stderr
    assert "PORT=" in ended.stderr


def test_a_dotenv_has_secrets_of_its_own_and_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# x\nSECRET_KEY=\nPORT=8000\nTWILIO_AUTH_TOKEN=\n")
    assert make_dotenv(tmp_path)
    first = (tmp_path / ".env").read_text()
    names = dict(line.split("=") for line in first.splitlines() if "=" in line)
    assert len(names["SECRET_KEY"]) == len(names["TWILIO_AUTH_TOKEN"]) == 64
    assert names["SECRET_KEY"] != names["TWILIO_AUTH_TOKEN"]
    assert not make_dotenv(tmp_path)
    assert (tmp_path / ".env").read_text() == first
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
