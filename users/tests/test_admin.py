from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from users.models import ApiKey, AuditEntry, Staff
from users.roles import GRANTABLE, Role
from users.services import authenticate_api_key, create_api_key
from users.tests.factories import make_staff, make_user


@pytest.fixture
def desk(db: None, client: Client) -> Client:
    client.force_login(Staff.objects.create_superuser("ada", "ada@example.com", "a password of hers"))
    return client


@pytest.fixture
def key(db: None) -> ApiKey:
    return create_api_key(name="Billing", scopes=["calls:read"])[0]


def test_users_are_shown_and_found(desk: Client) -> None:
    user = make_user(name="<b>Grace</b>")
    make_user(name="Somebody else")

    page = desk.get("/admin/users/user/", {"q": "grace"}).content.decode()

    assert "&lt;b&gt;Grace&lt;/b&gt;" in page
    assert "Somebody else" not in page
    assert desk.get(f"/admin/users/user/{user.pk}/change/").status_code == 200


@pytest.mark.parametrize("path", ["user/add/", "user/{user}/delete/", "apikey/{key}/delete/"])
def test_users_and_keys_are_read_only(desk: Client, key: ApiKey, path: str) -> None:
    assert desk.post("/admin/users/" + path.format(key=key.pk, user=make_user().pk)).status_code == 403


def test_a_key_is_made_and_shown_once(desk: Client, client: Client) -> None:
    form = {"name": "Billing", "scopes": ["calls:read"], "calls_per_day": "5"}
    page = desk.post("/admin/users/apikey/add/", form)

    secret = page.context["secret"]
    made = ApiKey.objects.get()
    assert secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert authenticate_api_key(plain_text=secret) == made
    assert (made.name, made.scopes, made.calls_per_day) == ("Billing", ["calls:read"], 5)
    assert AuditEntry.objects.get().subject == made.prefix
    for path in ("", f"{made.pk}/change/"):
        assert secret not in desk.get(f"/admin/users/apikey/{path}").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"expires_at": "2020-01-01T00:00"}]
)
def test_a_key_without_sense_is_not_made(desk: Client, wrong: dict[str, Any]) -> None:
    page = desk.post("/admin/users/apikey/add/", {"name": "Billing", "scopes": ["calls:read"]} | wrong)

    assert 'role="alert"' in page.content.decode()
    assert not ApiKey.objects.exists()


def test_who_is_added_may_sign_in_and_has_the_groups_ticked(desk: Client) -> None:
    support = Group.objects.get(name=Role.SUPPORT)
    fields = {"username": "grace", "password1": "correct horse 9", "password2": "correct horse 9"}
    desk.post("/admin/users/staff/add/", fields | {"usable_password": "true", "groups": [str(support.pk)]})

    assert Client().login(username="grace", password="correct horse 9")
    grace = Staff.objects.get(username="grace")
    assert grace.is_staff
    assert grace.has_perm("calls.view_call")


def test_an_administrator_makes_nobody_a_superuser(db: None) -> None:
    ann, client = make_staff(Role.ADMINISTRATOR, username="ann"), Client()
    client.force_login(ann)
    form = {"username": "ann", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    client.post(f"/admin/users/staff/{ann.pk}/change/", form)

    ann.refresh_from_db()
    assert (ann.is_superuser, ann.is_staff) == (False, True)


def test_every_permission_of_a_group_is_offered_in_words(desk: Client) -> None:
    group = Group.objects.get(name=Role.ADMINISTRATOR)
    page = desk.get(f"/admin/auth/group/{group.pk}/change/").content.decode()

    assert "Listen to recordings" in page
    assert "log entry" not in page
    # Neither the log of Django's own forms nor the deletion of a key is anywhere in the desk.
    without_effect = {"view_logentry", "delete_apikey"}
    assert set(group.permissions.values_list("codename", flat=True)) - without_effect == GRANTABLE.keys()


def test_a_group_is_deleted_with_its_name_alone_named(desk: Client) -> None:
    group = Group.objects.get(name=Role.SUPPORT)
    page = desk.get(f"/admin/auth/group/{group.pk}/delete/").content.decode()
    assert "Group_permissions" not in page
    desk.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert not Group.objects.filter(name=Role.SUPPORT).exists()


def test_what_is_not_there_or_not_allowed_is_a_page_with_a_way_back(desk: Client) -> None:
    nobody = Client()
    nobody.force_login(make_staff(username="nobody"))
    for client, path, status in ((desk, "nothing/", 404), (nobody, "calls/call/", 403)):
        answer = client.get(f"/admin/{path}")
        assert answer.status_code == status
        assert "Back to the desk" in answer.content.decode()


def test_a_key_is_shown_without_its_hash(desk: Client, key: ApiKey) -> None:
    for path in ("", f"{key.pk}/change/"):
        page = desk.get(f"/admin/users/apikey/{path}").content.decode()
        assert key.prefix in page
        assert "calls:read" in page
        assert key.hashed_secret not in page


def test_staff_can_be_added_and_changed(desk: Client) -> None:
    fields = {"username": "grace", "password1": "correct horse 9", "password2": "correct horse 9"}
    answer = desk.post("/admin/users/staff/add/", fields | {"usable_password": "true"})

    assert answer.status_code == 302
    grace = Staff.objects.get(username="grace")
    assert desk.get(f"/admin/users/staff/{grace.pk}/change/").status_code == 200
    assert desk.get("/admin/auth/group/add/").status_code == 200


def test_the_admin_is_closed_to_strangers(client: Client) -> None:
    answer = client.get("/admin/users/user/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")
    assert client.get("/admin")["Location"] == "/admin/"
