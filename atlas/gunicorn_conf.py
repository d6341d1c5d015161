"""gunicorn -c python:atlas.gunicorn_conf atlas.wsgi: HOST, PORT and the rest come from the environment."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from atlas.checks import refuse_unsafe_production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

bind = f"{settings.HOST}:{settings.PORT}"
worker_class = "atlas.gunicorn_worker.StayingThreadWorker"
workers = settings.WEB_WORKERS
# WEB_THREADS at work on requests, as many on webhooks, and the others wait for a place (atlas.bulkhead).
threads = 2 * settings.WEB_THREADS + settings.WEB_QUEUE + 64
# Seconds. Twilio gives a webhook 15 in all its tries; an audio stream keeps its thread and not its worker.
timeout = 30
graceful_timeout = 15
keepalive = 5
# Each worker makes its own connections to MongoDB and Twilio after the fork.
preload_app = False
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - memory, not a shared folder
limit_request_line = 8190
# Ours masks numbers and tokens; gunicorn's own would write addresses with their query strings as they are.
logconfig_dict = settings.LOGGING
logger_class = "atlas.gunicorn_worker.SilentAccessLogger"


def on_starting(server: Any) -> None:
    """Says once, and plainly, what each worker would say with a traceback."""
    try:
        refuse_unsafe_production()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
