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
# All that open something, in the order in which a form offers them; Django makes four for every model.
GRANTABLE = {
    "view_call": "See calls",
    "view_recording": "See recordings and transcripts",
    "listen_recording": "Listen to recordings",
    "view_full_number": "See numbers in full",
    "annotate_call": "Write notes on calls",
    "view_ratedcall": "See feedback",
    "give_feedback": "Give feedback over the API",
    "view_user": "See people",
    "view_webhookevent": "See deliveries",
    "place_call": "Place calls",
    "hang_up_call": "Hang up",
    "sync_call": "Sync with Twilio",
    "export_call": "Export",
    "replay_webhookevent": "Apply deliveries again",
    "add_user": "Add people over the API",
    "change_user": "Change people over the API",
    "delete_user": "Delete people over the API",
    "view_auditentry": "Read the audit log",
    "view_apikey": "See API keys",
    "add_apikey": "Make API keys",
    "change_apikey": "Revoke API keys",
    "view_staff": "See staff",
    "add_staff": "Add staff",
    "change_staff": "Change staff",
    "delete_staff": "Delete staff",
    "view_group": "See groups",
    "add_group": "Add groups",
    "change_group": "Change groups",
    "delete_group": "Delete groups",
}


def scopes_of(staff: Staff) -> list[str]:
    """Of an active member of the staff; nobody else has any."""
    if not staff.is_staff:
        return []
    return [scope.value for scope, needed in PERMISSIONS.items() if staff.has_perms(needed)]
