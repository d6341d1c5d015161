from itertools import count
from typing import Any

from django.contrib.auth.models import Group

from users.models import Staff, User
from users.roles import Role
from users.services import create_user

numbers = count(1)
PASSWORD = "correct horse battery staple"


def make_user(**fields: Any) -> User:
    number = next(numbers)
    made = {"name": "Ada", "email": f"ada{number}@example.com", "phone_number": f"+1415555{number:04}"}
    return create_user(**(made | fields))


def make_staff(role: Role | None = None, *, username: str = "ada", is_superuser: bool = False) -> Staff:
    staff = Staff.objects.create_user(username, password=PASSWORD, is_staff=True, is_superuser=is_superuser)
    if role:
        staff.groups.add(Group.objects.get(name=role))
    return staff
