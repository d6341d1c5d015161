"""gunicorn -c python:atlas.gunicorn_conf atlas.wsgi: HOST, PORT and the rest come from the environment."""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

bind = f"{settings.HOST}:{settings.PORT}"
worker_class = "gthread"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
# Seconds. Twilio gives a webhook 15 in all its tries; an audio stream keeps its thread and not its worker.
timeout = 30
graceful_timeout = 15
keepalive = 5
# Each worker makes its own connections to MongoDB and Twilio after the fork.
preload_app = False
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - memory, not a shared folder
limit_request_line = 8190
loglevel = settings.LOG_LEVEL.lower()
# Atlas' own logging masks numbers and tokens; gunicorn's access log would write query strings as they are.
accesslog = None
