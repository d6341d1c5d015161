"""The database commands of one request, and the same for another request of its kind."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable
from typing import Any

from bson import ObjectId

from atlas.mongodb.testing import Command

Document = dict[str, Any]
Names = dict[Any, Any]
SID = re.compile("[A-Z]{2}[0-9a-f]{32}")
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHA256 = re.compile("[0-9a-f]{64}")
# They name who asks, which stays the same.
CREDENTIALS = ("api_keys", "django_session", "staff")


def replayed(commands: list[Command], names: Names, *, makes_documents: bool) -> list[Document]:
    """
    `names` has the identifiers of the first request's subject and what they are for the other. What the first
    request has invented, such as the key of a new document, is invented again if it `makes_documents`.
    """
    known = dict(names)
    return [
        command.body
        if command.body[command.name] in CREDENTIALS
        else _renamed(command.body, known, makes_documents)
        for command in commands
    ]


def _renamed(value: Any, known: Names, invents: bool) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(each, known, invents) for name, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, known, invents) for each in value]
    if isinstance(value, (str, ObjectId)) and value not in known and invents and (fresh := _fresh(value)):
        known[value] = fresh
    if isinstance(value, str) and value not in known:
        return _with_names_replaced(value, known)
    return known.get(value, value) if isinstance(value, (str, ObjectId)) else value


def _with_names_replaced(text: str, known: Names) -> str:
    for old, new in known.items():
        if isinstance(old, str) and old in text:
            text = text.replace(old, new)
    return text


def _fresh(value: str | ObjectId) -> str | ObjectId | None:
    """Another identifier of the same form; None if this is none."""
    if isinstance(value, ObjectId):
        return ObjectId()
    makers: dict[re.Pattern[str], Callable[[], str]] = {
        SID: lambda: value[:2] + secrets.token_hex(16),
        UUID: lambda: str(uuid.uuid4()),
        SHA256: lambda: secrets.token_hex(32),
    }
    return next((make() for pattern, make in makers.items() if pattern.fullmatch(value)), None)
