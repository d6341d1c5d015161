"""A web server that collects Twilio's webhooks and answers them as a test says."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    method: str
    url: str
    path: str
    headers: Mapping[str, str]
    form: dict[str, str]
    query: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: str = "<Response/>"
    content_type: str = "text/xml"
    location: str = ""


EMPTY = Answer()


class Receiver:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, Callable[[Received], Answer]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def url(self, path: str) -> str:
        return self.base_url + path

    def forget(self) -> None:
        self.received.clear()
        self.answers.clear()

    def twiml(self, path: str, verbs: str) -> str:
        """Serves these verbs at the path and returns its URL."""
        return self.answer(path, Answer(body=f"<Response>{verbs}</Response>"))

    def answer(self, path: str, *answers: Answer) -> str:
        """Gives the answers one after the other, the last one again and again."""
        left = list(answers)
        self.answers[path] = lambda _: left.pop(0) if len(left) > 1 else left[0]
        return self.url(path)

    def at(self, path: str) -> list[Received]:
        return [request for request in self.received if request.path == path]

    def statuses(self, path: str = "/status") -> list[str]:
        return [request.form["CallStatus"] for request in self.at(path)]

    def take(self, request: Received) -> Answer:
        with self._lock:
            self.received.append(request)
            answer = self.answers.get(request.path)
        return answer(request) if answer is not None else EMPTY


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per answer: two would wait for each other's acknowledgement

        def do_POST(self) -> None:
            self._respond()

        def do_GET(self) -> None:
            self._respond()

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            parts = urlsplit(self.path)
            answer = receiver.take(
                Received(
                    self.command,
                    receiver.url(self.path),
                    parts.path,
                    dict(self.headers.items()),
                    dict(parse_qsl(body, keep_blank_values=True)),
                    dict(parse_qsl(parts.query, keep_blank_values=True)),
                )
            )
            content = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(content)))
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a simulator that has given up waiting
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
