import pytest
from django.contrib.auth.models import Permission

from users.models import Scope
from users.roles import Role, scopes_of
from users.tests.factories import make_staff

pytestmark = pytest.mark.django_db

SUPPORT = {
    "calls.view_call",
    "calls.annotate_call",
    "calls.view_full_number",
    "calls.view_recording",
    "calls.listen_recording",
    "feedback.view_ratedcall",
    "feedback.give_feedback",
    "users.view_user",
    "webhooks.view_webhookevent",
}
SUPERVISOR = SUPPORT | {
    "calls.place_call",
    "calls.hang_up_call",
    "calls.sync_call",
    "calls.export_call",
    "users.add_user",
    "users.change_user",
    "users.delete_user",
    "webhooks.replay_webhookevent",
}
ADMINISTRATOR = SUPERVISOR | {
    *(
        f"users.{action}_{model}"
        for action in ("add", "change", "delete", "view")
        for model in ("staff", "apikey")
    ),
    *(f"auth.{action}_group" for action in ("add", "change", "delete", "view")),
    "admin.view_logentry",
    "users.view_auditentry",
}
READING = ["calls:read", "users:read", "feedback:read", "feedback:write"]


@pytest.mark.parametrize(
    ("role", "permissions"),
    [(Role.SUPPORT, SUPPORT), (Role.SUPERVISOR, SUPERVISOR), (Role.ADMINISTRATOR, ADMINISTRATOR)],
)
def test_each_group_has_its_permissions_and_no_other(role: Role, permissions: set[str]) -> None:
    assert make_staff(role).get_all_permissions() == permissions


def test_every_permission_exists_once() -> None:
    permissions = Permission.objects.values_list("content_type__app_label", "content_type__model", "codename")
    assert len(permissions) == len(set(permissions))


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        (Role.SUPPORT, READING),
        (Role.SUPERVISOR, Scope.values),
        (Role.ADMINISTRATOR, Scope.values),
        (None, []),
    ],
)
def test_scopes_follow_from_the_group(role: Role | None, scopes: list[str]) -> None:
    assert sorted(scopes_of(make_staff(role))) == sorted(scopes)


def test_a_superuser_has_every_scope() -> None:
    assert sorted(scopes_of(make_staff(is_superuser=True))) == sorted(Scope.values)


def test_who_is_inactive_or_no_staff_has_none() -> None:
    staff = make_staff(Role.SUPERVISOR)
    staff.is_active = False
    assert scopes_of(staff) == []
    staff.is_active, staff.is_staff = True, False
    assert scopes_of(staff) == []
