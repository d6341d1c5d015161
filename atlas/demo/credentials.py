from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from io import StringIO
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command


@dataclass(frozen=True)
class Credentials:
    base_url: str
    simulator_url: str
    admin_username: str
    admin_password: str
    api_key: str

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(self), file, indent=2)
            file.write("\n")


def prepare(path: Path, *, base_url: str, simulator_url: str) -> Credentials:
    """The credentials of the last run where they still work, else new ones; kept in `path`."""
    known = _read(path)
    username = known.get("admin_username") or "admin"
    credentials = Credentials(
        base_url=base_url,
        simulator_url=simulator_url,
        admin_username=username,
        admin_password=_staff_password(username, known.get("admin_password", "")),
        api_key=_api_key(known.get("api_key", "")),
    )
    credentials.save(path)
    return credentials


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    names = {field.name for field in fields(Credentials)}
    return {name: str(value) for name, value in content.items() if name in names}


def _staff_password(username: str, known: str) -> str:
    staff: Any = get_user_model()._default_manager
    account = staff.filter(username=username).first()
    if account and known and account.check_password(known):
        return known
    password = secrets.token_urlsafe(12)
    if account is None:
        staff.create_superuser(username, email=None, password=password)
    else:
        account.set_password(password)
        account.save(update_fields=["password"])
    return password


def _api_key(known: str) -> str:
    output = StringIO()
    call_command(
        "create_api_key", "demo", "--scopes", "all", "--quiet", "--unless-valid", known, stdout=output
    )
    return output.getvalue().strip()
