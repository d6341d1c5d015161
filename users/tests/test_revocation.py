"""What somebody may no longer do ends at once, also in processes that heard nothing of the change."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from users import backends
from users.models import Staff
from users.roles import Role
from users.tests.factories import make_staff

pytestmark = pytest.mark.django_db

CALLS = "/admin/calls/call/"
EXPORT = f"{CALLS}export/csv/"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Does something as another process would: one whose memory is its own."""

    def run(what: Callable[[], Any]) -> Any:
        with monkeypatch.context() as there:
            there.setattr(backends, "cache", LocMemCache("elsewhere", {}))
            return what()

    return run


@pytest.fixture
def staff() -> Staff:
    return make_staff(Role.SUPERVISOR)


@pytest.fixture
def client_here(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    assert client.get(EXPORT).status_code == 200
    return client


def leave_the_group(staff: Staff) -> None:
    staff.groups.clear()


def be_taken_from_the_group(staff: Staff) -> None:
    Group.objects.get(name=Role.SUPERVISOR).user_set.remove(staff)


def narrow_the_group(staff: Staff) -> None:
    Group.objects.get(name=Role.SUPERVISOR).permissions.remove(Permission.objects.get(codename="export_call"))


def narrow_it_by_the_permission(staff: Staff) -> None:
    Permission.objects.get(codename="export_call").group_set.clear()


def delete_the_group(staff: Staff) -> None:
    Group.objects.get(name=Role.SUPERVISOR).delete()


CHANGES = [
    leave_the_group,
    be_taken_from_the_group,
    narrow_the_group,
    narrow_it_by_the_permission,
    delete_the_group,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_right_taken_away_elsewhere_is_gone_here(
    staff: Staff, client_here: Client, elsewhere: Callable[..., Any], change: Callable[[Staff], None]
) -> None:
    elsewhere(lambda: change(Staff.objects.get(pk=staff.pk)))

    assert client_here.get(EXPORT).status_code == 403


def test_a_right_of_ones_own_comes_and_goes_at_once(staff: Staff, elsewhere: Callable[..., Any]) -> None:
    may = Permission.objects.get(codename="view_auditentry")
    client = Client()
    client.force_login(staff)
    assert client.get("/admin/users/auditentry/").status_code == 403
    elsewhere(lambda: Staff.objects.get(pk=staff.pk).user_permissions.add(may))
    assert client.get("/admin/users/auditentry/").status_code == 200
    elsewhere(lambda: Staff.objects.get(pk=staff.pk).user_permissions.remove(may))
    assert client.get("/admin/users/auditentry/").status_code == 403


@pytest.mark.parametrize("lost", [{"is_active": False}, {"is_staff": False}])
def test_who_is_let_go_is_out_at_once(
    staff: Staff, client_here: Client, elsewhere: Callable[..., Any], lost: dict[str, bool]
) -> None:
    elsewhere(lambda: Staff.objects.filter(pk=staff.pk).update(**lost))

    assert client_here.get(CALLS).status_code == 302


def test_another_password_ends_the_sessions_at_once(
    staff: Staff, client_here: Client, elsewhere: Callable[..., Any]
) -> None:
    def change() -> None:
        same = Staff.objects.get(pk=staff.pk)
        same.set_password("something else entirely")
        same.save()

    elsewhere(change)

    assert client_here.get(CALLS).status_code == 302


def test_a_form_that_was_opened_before_brings_no_right_back(
    staff: Staff, client_here: Client, elsewhere: Callable[..., Any]
) -> None:
    opened = Staff.objects.get(pk=staff.pk)
    elsewhere(lambda: leave_the_group(Staff.objects.get(pk=staff.pk)))
    opened.first_name = "Grace"
    opened.save()

    assert client_here.get(EXPORT).status_code == 403


def test_what_did_not_change_is_remembered(staff: Staff, client_here: Client) -> None:
    stamp = Staff.objects.get(pk=staff.pk).permissions_stamp
    Client().force_login(staff)

    assert Staff.objects.get(pk=staff.pk).permissions_stamp == stamp != ""
