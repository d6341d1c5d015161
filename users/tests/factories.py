from itertools import count
from typing import Any

from users.models import User
from users.services import create_user

numbers = count(1)


def make_user(**fields: Any) -> User:
    number = next(numbers)
    made = {"name": "Ada", "email": f"ada{number}@example.com", "phone_number": f"+1415555{number:04}"}
    return create_user(**(made | fields))
