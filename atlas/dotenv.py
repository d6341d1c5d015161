"""Makes .env from .env.example, with secrets of its own: `python -m atlas.dotenv`."""

import os
import secrets
from pathlib import Path

GENERATED = ("SECRET_KEY", "TWILIO_AUTH_TOKEN")


def filled_in(example: str) -> str:
    for name in GENERATED:
        example = example.replace(f"\n{name}=\n", f"\n{name}={secrets.token_hex(32)}\n")
    return example


def make_dotenv(root: Path) -> bool:
    """False if there is one already: nobody's settings are ever overwritten."""
    target = root / ".env"
    if target.exists():
        return False
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(filled_in((root / ".env.example").read_text()))
    return True


if __name__ == "__main__":
    make_dotenv(Path(__file__).resolve().parent.parent)
