import hashlib
from uuid import uuid4


def new_sid(prefix: str) -> str:
    return prefix + uuid4().hex


def phone_number_sid(phone_number: str) -> str:
    return "PN" + hashlib.blake2b(phone_number.encode(), digest_size=16).hexdigest()
