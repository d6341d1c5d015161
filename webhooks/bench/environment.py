"""The server that is measured: production's settings, with a database, a port and a Twilio of its own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from atlas.demo.processes import free_port
from atlas.twilio.simulator.testing import SimulatorProcess

DATABASE = "atlas_bench"
# Production wants one that Twilio could reach. Nothing is sent there: requests only name it as their host.
BASE_URL = "https://atlas.example.com"
ENDLESS = "999999999"


def production_environment(*, mongo_uri: str, var_dir: Path, twilio: SimulatorProcess) -> dict[str, str]:
    changes = {
        "DJANGO_SETTINGS_MODULE": "atlas.settings",
        "ENVIRONMENT": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "BASE_URL": BASE_URL,
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "VAR_DIR": str(var_dir),
        "JOURNAL_PATH": "",
        "LOG_LEVEL": "WARNING",
        "MONGO_URI": mongo_uri,
        "MONGO_DB": DATABASE,
        # A webhook that is put off to the journal would look fast.
        "MONGO_TIMEOUT_MS": "60000",
        "WEBHOOK_TIMEOUT_MS": "60000",
        # The embedded server takes longer than any user would wait to sort or count a hundred thousand.
        "MONGO_COMMAND_TIMEOUT_MS": "600000",
        "THROTTLE_API": f"{ENDLESS}/min",
        "CALLS_PER_MINUTE": ENDLESS,
        "CALLS_PER_DAY": ENDLESS,
        "OUTBOUND_CALLS_ENABLED": "true",
        "ALLOWED_COUNTRIES": "US",
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_AUTH_TOKEN_PREVIOUS": "",
        "TWILIO_FROM_NUMBER": twilio.phone_numbers[0],
        "TWILIO_API_URL": twilio.base_url,
    }
    files = {f"{name}_FILE" for name in changes}
    return {name: value for name, value in os.environ.items() if name not in files} | changes
