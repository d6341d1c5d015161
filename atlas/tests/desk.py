"""The desk as somebody of the staff has it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from users.models import Staff
from users.roles import Role
from users.tests.factories import make_staff

CALLS = "/admin/calls/call/"


def signed_in(role: Role | None = None, **fields: Any) -> Client:
    """A client of a member of the staff; without a role, of a superuser."""
    fields.setdefault("username", (role or "root").lower())
    staff = Staff.objects.filter(username=fields["username"]).first()
    client = Client()
    client.force_login(staff or make_staff(role, is_superuser=role is None, **fields))
    return client


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())
