import pytest
from django.test import Client

from users.models import ApiKey, Staff, User
from users.services import create_api_key
from users.tests.factories import make_user


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


@pytest.mark.parametrize("path", ["add/", "{}/delete/"])
@pytest.mark.parametrize("model", [User, ApiKey])
def test_users_and_keys_are_read_only(
    desk: Client, key: ApiKey, path: str, model: type[User] | type[ApiKey]
) -> None:
    thing = key if model is ApiKey else make_user()

    answer = desk.post(f"/admin/users/{model._meta.model_name}/{path.format(thing.pk)}", {})

    assert answer.status_code == 403


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
