import asyncio
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin
from uuid import uuid4

import aiohttp
from yarl import URL

from .clock import Clock
from .debugger import Debugger
from .models import Attempt, Delivery, Webhook
from .overrides import Endpoint, parse_endpoint
from .signatures import sign

BODY_LIMIT = 64 * 1024
MAX_REDIRECTS = 10
MAX_CONCURRENT_REQUESTS = 200

# What went wrong -> the reason a retry policy may name, Twilio's error code. The first match counts.
FAILURES: Final[tuple[tuple[type[BaseException], str, int], ...]] = (
    (aiohttp.ConnectionTimeoutError, "ct", 11201),
    (aiohttp.ClientConnectorDNSError, "ct", 11210),
    (aiohttp.ClientSSLError, "ct", 11220),
    (ssl.SSLError, "ct", 11220),
    (aiohttp.ClientConnectorError, "ct", 11202),
    (asyncio.TimeoutError, "rt", 11203),
    (ValueError, "url", 11100),
    (aiohttp.ClientError, "protocol", 11206),
    (OSError, "protocol", 11206),
)


@dataclass(frozen=True)
class WebhookAnswer:
    """`failure` is empty when a 2xx arrived, else what may be retried: 4xx, 5xx, ct, rt, or another word."""

    status: int | None = None
    content_type: str = ""
    body: bytes = b""
    failure: str = ""
    code: int = 0

    @property
    def is_success(self) -> bool:
        return not self.failure


class TooManyRedirects(aiohttp.ClientError):
    pass


class WebhookSender:
    """Signs and sends one webhook, repeats it as its URL's connection overrides say, and keeps a record."""

    def __init__(self, auth_token: str, debugger: Debugger) -> None:
        self._auth_token = auth_token
        self._debugger = debugger
        # Waiting for a turn must not count as waiting for the answer, so the connector itself has no limit.
        self._turns = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        # Web servers close idle connections after two seconds or more (gunicorn's keepalive): be sooner.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=1)
        self._http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        await self._http.close()

    async def send(self, webhook: Webhook, delivery: Delivery) -> WebhookAnswer:
        async with self._turns:
            return await self._send(webhook, delivery)

    async def _send(self, webhook: Webhook, delivery: Delivery) -> WebhookAnswer:
        endpoint = parse_endpoint(webhook.target.url)
        for code, problem in endpoint.problems:
            self._debugger.error(code, problem, call_sid=webhook.call.sid, url=webhook.target.url)
        deadline = asyncio.get_running_loop().time() + endpoint.overrides.total_timeout
        answer = WebhookAnswer()
        for _ in range(1 + endpoint.overrides.retries):
            answer = await self._attempt(endpoint, delivery, deadline)
            is_late = asyncio.get_running_loop().time() >= deadline
            if answer.is_success or is_late or not endpoint.overrides.retries_after(answer.failure):
                break
        delivery.outcome = _outcome(answer)
        return answer

    async def _attempt(self, endpoint: Endpoint, delivery: Delivery, deadline: float) -> WebhookAnswer:
        loop = asyncio.get_running_loop()
        at, started = Clock.now(), loop.time()
        timeout = aiohttp.ClientTimeout(
            total=max(0.001, deadline - started),
            sock_connect=endpoint.overrides.connect_timeout,
            sock_read=endpoint.overrides.read_timeout,
        )
        try:
            answer = await self._request(endpoint.url, delivery, timeout)
        except tuple(kind for kind, _, _ in FAILURES) as error:
            answer = _failure(error)
        delivery.attempts.append(Attempt(at, loop.time() - started, answer.status, answer.failure))
        return answer

    async def _request(self, url: str, delivery: Delivery, timeout: aiohttp.ClientTimeout) -> WebhookAnswer:
        method, form = delivery.method, delivery.form
        if method == "GET":
            url, form = url + ("&" if "?" in url else "?") + urlencode(form), {}
        for _ in range(1 + MAX_REDIRECTS):
            async with self._http.request(
                method,
                URL(url, encoded=url.isascii()),
                data=urlencode(form).encode() if method == "POST" else None,
                headers=self._headers(method, url, form, delivery.idempotency_token),
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                if response.status not in (301, 302, 303, 307, 308) or "Location" not in response.headers:
                    return await _read(response)
                url = urljoin(url, response.headers["Location"])
                if response.status in (301, 302, 303):
                    method, form = "GET", {}
        raise TooManyRedirects(f"more than {MAX_REDIRECTS} redirects")

    def _headers(self, method: str, url: str, form: dict[str, str], token: str) -> dict[str, str]:
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "I-Twilio-Idempotency-Token": token,
            "X-Twilio-Signature": sign(self._auth_token, url, form),
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers


def new_delivery(webhook: Webhook) -> Delivery:
    url, method = webhook.target.url, webhook.target.method
    return Delivery(webhook.kind, webhook.event, url, method, webhook.form, str(uuid4()))


async def _read(response: aiohttp.ClientResponse) -> WebhookAnswer:
    body = b""
    while len(body) <= BODY_LIMIT and (chunk := await response.content.readany()):
        body += chunk
    failure = f"{response.status // 100}xx" if not 200 <= response.status < 300 else ""
    content_type = response.content_type if "Content-Type" in response.headers else ""
    return WebhookAnswer(response.status, content_type, body, failure, 11200 if failure else 0)


def _failure(error: BaseException) -> WebhookAnswer:
    if isinstance(error, TooManyRedirects):
        return WebhookAnswer(failure="redirects", code=11215)
    reason, code = next((reason, code) for kind, reason, code in FAILURES if isinstance(error, kind))
    return WebhookAnswer(failure=reason, code=code)


def _outcome(answer: WebhookAnswer) -> str:
    if answer.is_success:
        return "accepted"
    return "failed" if answer.status is None else "refused"
