from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from atlas.demo.credentials import Credentials, prepare
from atlas.demo.first_call import first_call, hurried_simulator
from atlas.demo.processes import WEB_SERVER, DemoError, Process, refuse_taken_port

CREDENTIALS = "credentials.json"


class Command(BaseCommand):
    help = "Run everything on this machine: database, Twilio simulator, web server, and a first call."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.default_int_handler)
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        try:
            with ExitStack() as processes:
                self.run(console, processes)
        except KeyboardInterrupt:
            console.print("\nAtlas has stopped. Its data is kept under var/.")
        except DemoError as error:
            raise CommandError(str(error)) from error

    def run(self, console: Console, processes: ExitStack) -> None:
        simulated = settings.TWILIO_API_URL.startswith("http://127.0.0.1:")
        refuse_taken_port("PORT", settings.PORT)
        if simulated:
            refuse_taken_port("SIMULATOR_PORT", settings.SIMULATOR_PORT)
        console.print("Preparing the database")
        call_command("migrate", verbosity=0)
        path = settings.VAR_DIR / CREDENTIALS
        credentials = prepare(path, base_url=settings.BASE_URL, simulator_url=settings.TWILIO_API_URL)
        children = [self.web_server(), *([self.simulator()] if simulated else [])]
        for child in children:
            processes.enter_context(child)
        children[0].wait_until_answering(f"{self.local_url()}/")
        if simulated:
            children[1].wait_until_answering(f"{settings.TWILIO_API_URL}/simulator/health")
            with hurried_simulator(settings.TWILIO_API_URL, speed=settings.SIMULATOR_SPEED):
                show_first_call(console, credentials)
        children.append(processes.enter_context(self.sync()))
        show_addresses(console, credentials, path)
        wait_for_an_end(children)

    def web_server(self) -> Process:
        return self.process("web server", WEB_SERVER, "web.log")

    def simulator(self) -> Process:
        return self.process("Twilio simulator", ["manage.py", "simulate_twilio"], "simulator.log")

    def sync(self) -> Process:
        return self.process("sync with Twilio", ["manage.py", "sync_calls", "--every", "60"], "sync.log")

    def process(self, name: str, arguments: list[str], log: str) -> Process:
        environment = {"DJANGO_SETTINGS_MODULE": "atlas.settings"}
        return Process(name, arguments, log=settings.VAR_DIR / "log" / log, environment=environment)

    def local_url(self) -> str:
        return f"http://127.0.0.1:{settings.PORT}"


def show_first_call(console: Console, credentials: Credentials) -> None:
    console.print("A first call, from the API through Twilio's webhooks and back:")
    shown: set[str] = set()
    for call in first_call(credentials):
        for change in call["status_history"]:
            if change["status"] not in shown:
                console.print(f"  {change['at']}  [bold]{change['status']}[/]")
                shown.add(change["status"])
    [recording] = call["recordings"]
    console.print(f"  call       {call['twilio_sid']}, {call['duration']} s")
    console.print(f"  recording  {recording['twilio_sid']}, {recording['duration']} s")
    console.print(f"  transcript {recording['transcription']['text']}", soft_wrap=True)


def show_addresses(console: Console, credentials: Credentials, path: Path) -> None:
    console.print()
    console.print("[bold green]Atlas is running[/]")
    for name, text in (
        ("API", f"{credentials.base_url}/docs"),
        ("Admin", f"{credentials.base_url}/admin/"),
        ("  user", f"{credentials.admin_username} / {credentials.admin_password}"),
        ("API key", credentials.api_key),
        ("Simulator", credentials.simulator_url or "off: calls are real"),
        ("Kept in", os.path.relpath(path)),
    ):
        console.print(f"  {name:<10} {text}", markup=False, soft_wrap=True)
    console.print("\nTry it:", markup=False)
    console.print(
        f"  curl -X POST {credentials.base_url}/calls/outbound \\\n"
        f"    -H 'Authorization: Api-Key {credentials.api_key}' -H 'Content-Type: application/json' \\\n"
        '    -d \'{"to": "+14155550123", "user_external_id": "user-1", "script": "Hello from Atlas."}\'',
        markup=False,
        soft_wrap=True,
    )
    console.print("\nCtrl-C stops everything.", markup=False)


def wait_for_an_end(children: list[Process]) -> None:
    while True:
        for child in children:
            if child.has_ended():
                raise DemoError(f"The {child.name} has ended; {child.log} says why.")
        time.sleep(0.5)
