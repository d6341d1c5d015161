import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from users.roles import GRANTABLE

STAFF: Any = get_user_model()
META = STAFF._meta


@pytest.fixture
def admin_client(db: None) -> Client:
    client = Client()
    client.force_login(STAFF.objects.create_superuser("ann", "ann@example.com", "secret"))
    return client


def test_the_page_of_a_staff_member_lists_the_permissions_in_order(admin_client: Client) -> None:
    ann = STAFF.objects.get(username="ann")

    page = admin_client.get(reverse(f"admin:{META.app_label}_{META.model_name}_change", args=[ann.pk]))

    options = re.findall(r'name="user_permissions" value="([0-9a-f]{24})"', page.content.decode())
    offered = {str(pk): name for pk, name in Permission.objects.values_list("pk", "codename")}
    assert page.status_code == 200
    assert [offered[option] for option in options] == list(GRANTABLE)


def test_a_permission_given_on_that_page_counts(admin_client: Client) -> None:
    bob = STAFF.objects.create_user("bob", password="secret", is_staff=True)
    permission = Permission.objects.get(codename="view_group")
    address = reverse(f"admin:{META.app_label}_{META.model_name}_change", args=[bob.pk])
    form = admin_client.get(address).context["adminform"].form
    filled = {name: value for name, value in form.initial.items() if value and name in form.fields}
    joined = {"date_joined_0": "2026-01-31", "date_joined_1": "12:00:00"}

    page = admin_client.post(address, {**filled, **joined, "user_permissions": [str(permission.pk)]})

    assert page.status_code == 302
    assert STAFF.objects.get(pk=bob.pk).has_perm("auth.view_group")


def test_the_lists_open(admin_client: Client) -> None:
    for name in (f"{META.app_label}_{META.model_name}", "auth_group"):
        page = admin_client.get(reverse(f"admin:{name}_changelist"), {"q": "ann"})
        assert page.status_code == 200
