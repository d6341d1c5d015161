"""The staff's groups, and which scopes of the API follow from a person's permissions."""

from collections.abc import Collection

from django.db import models

from users.models import Scope, Staff


class Role(models.TextChoices):
    """The groups that the migrations make; docs/permissions.md has what each may do."""

    SUPPORT = "Support"
    SUPERVISOR = "Supervisor"
    ADMINISTRATOR = "Administrator"


# A scope needs all of its permissions.
PERMISSIONS: dict[Scope, Collection[str]] = {
    Scope.CALLS_READ: ["calls.view_call", "calls.view_recording"],
    Scope.CALLS_WRITE: ["calls.place_call", "calls.hang_up_call", "calls.sync_call"],
    Scope.USERS_READ: ["users.view_user"],
    Scope.USERS_WRITE: ["users.add_user", "users.change_user", "users.delete_user"],
    Scope.FEEDBACK_READ: ["feedback.view_ratedcall"],
    Scope.FEEDBACK_WRITE: ["feedback.give_feedback"],
}


def scopes_of(staff: Staff) -> list[str]:
    """Of an active member of the staff; nobody else has any."""
    if not staff.is_staff:
        return []
    return [scope.value for scope, needed in PERMISSIONS.items() if staff.has_perms(needed)]
