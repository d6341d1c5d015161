"""Whatever anybody sends: never a 500, never a trace of our inside, and nothing kept that should not be."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from atlas.rates import Rate
from atlas.twilio.simulator.testing import SimulatorProcess
from calls.models import Call, Recording
from calls.tests.factories import make_call
from users.models import User
from users.tests.factories import make_user
from webhooks.models import WebhookEvent
from webhooks.tests.twilio_client import FORM, signature

pytestmark = pytest.mark.django_db

often = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CALL = f"CA{'0' * 31}1"
NASTY = [
    "$gt",
    "$where",
    "a.b",
    "__proto__",
    "\0",
    "",
    "ユ",
    "<script>",
    "=1+1",
    "' OR 1=1 --",
    "{{7*7}}",
    "%00",
    "\u202e",
]
NAMES = [
    "to",
    "user_external_id",
    "script",
    "recording_enabled",
    "name",
    "email",
    "phone_number",
    "notes",
    "call_quality",
    "agent_helpfulness",
    "resolution",
    "call_ease",
    "overall_satisfaction",
    "username",
    "password",
    "refresh",
]
words = st.sampled_from(NASTY) | st.text(max_size=30)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | words
    | st.sampled_from([10**400, -(10**30), 1e308, "x" * 6000, "+14155550123", "ada@example.com"]),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(words, children, max_size=4),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(NAMES) | words, values, max_size=8)
WRITING = [
    ("post", "/users"),
    ("patch", "/users/<user>"),
    ("post", "/calls/outbound"),
    ("patch", f"/calls/{CALL}/feedback"),
    ("post", "/auth/token"),
    ("post", "/auth/token/refresh"),
]
READING = ["/users", "/calls", "/users/<user>/calls", "/feedback/summary"]


@pytest.fixture
def client(api: APIClient, settings: Any, simulator: SimulatorProcess) -> APIClient:
    settings.THROTTLE_API = settings.THROTTLE_LOGIN = Rate(10**6, 10**10)
    settings.CALLS_PER_MINUTE = settings.CALLS_PER_DAY = 10**6
    make_call(twilio_sid=CALL)
    return api


@pytest.fixture
def send(client: APIClient) -> Callable[..., Any]:
    user = make_user()

    def send(
        method: str, path: str, body: Any = b"", content_type: str = "application/json", **headers: Any
    ) -> Any:
        path = path.replace("<user>", str(user.pk))
        return client.generic(method.upper(), path, body, content_type=content_type, **headers)

    return send


def is_refused_or_right(answer: Any) -> None:
    assert answer.status_code < 500, answer.content
    assert answer["Content-Type"] == "application/json" or answer.status_code == 204
    assert b"Traceback" not in answer.content
    if answer.status_code >= 400:
        assert {"error", "detail", "timestamp", "request_id"} <= answer.json().keys()


@pytest.mark.parametrize(("method", "path"), WRITING)
@given(body=bodies)
@often
def test_any_json(send: Callable[..., Any], method: str, path: str, body: dict[str, Any]) -> None:
    is_refused_or_right(send(method, path, json.dumps(body).encode()))


BROKEN = {
    "no json": b"to=%2B14155550123",
    "half": b'{"to": "+1415',
    "another type": b"[1, 2]",
    "a number": b"5",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "nan": b'{"to": NaN}',
    "infinite": b'{"to": -Infinity}',
    "too large a float": b'{"to": 1e999}',
    "too long a number": b'{"to": ' + b"9" * 10_000 + b"}",
    "latin-1": '{"name": "é"}'.encode("latin-1"),
    "utf-16": '{"name": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "overlong": b'{"name": "\xc0\x80"}',
    "half a pair": b'{"name": "\\ud800"}',
    "half a pair in a name": b'{"\\udfff": 1}',
    "nul": b'{"name": "a\\u0000b", "to": "\\u0000", "notes": "\\u0000", "username": "\\u0000"}',
    "raw nul": b'{"name": "a\0b"}',
    "a name twice": b'{"to": "+14155550123", "to": "+14155550124", "user_external_id": "user-1"}',
    "999 kilobytes": b'{"name": "' + b"x" * 999 * 1024 + b'"}',
    "many names": b"{" + b",".join(b'"x%d": 1' % number for number in range(20_000)) + b"}",
}


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_broken_json_is_invalid(send: Callable[..., Any], method: str, path: str) -> None:
    for kind, body in BROKEN.items():
        answer = send(method, path, body)
        is_refused_or_right(answer)
        assert answer.status_code == 400, kind
    assert Call.objects.count() == User.objects.count() == 1


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_more_than_a_megabyte_is_too_large(send: Callable[..., Any], method: str, path: str) -> None:
    answer = send(method, path, b'{"name": "' + b"x" * 1024 * 1024 + b'"}')

    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


TYPES = [
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/jsonp",
    "application/json/json",
    "x" * 300,
    "é/ü",
]


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_another_type_of_body_is_refused(send: Callable[..., Any], method: str, path: str) -> None:
    for content_type in TYPES:
        answer = send(method, path, b'{"to": "+14155550123", "user_external_id": "user-1"}', content_type)
        is_refused_or_right(answer)
        assert answer.status_code in (400, 415), content_type
    assert Call.objects.count() == 1


# MongoDB's operators, where a text belongs.
OPERATORS: list[Any] = [{"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$where": "1"}, ["+1"], {"a.b": 1}]


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_an_operator_is_no_text(send: Callable[..., Any], method: str, path: str) -> None:
    full = {"to": "+14155550123", "user_external_id": "user-1"} if path == "/calls/outbound" else {}
    for name in NAMES:
        for operator in OPERATORS:
            answer = send(method, path, json.dumps({**full, name: operator}).encode())
            assert answer.status_code == 400, (name, operator)
    assert Call.objects.count() == User.objects.count() == 1


queries = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "page",
                "page_size",
                "search",
                "status",
                "ordering",
                "created_after",
                "created_before",
                "has_feedback",
                "has_recording",
                "to_number",
                "min_overall_satisfaction",
                "$where",
                "status[$ne]",
                "feedback.notes",
            ]
        )
        | words,
        words
        | st.integers().map(str)
        | st.datetimes().map(str)
        | st.sampled_from(
            ["9" * 400, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "true", "-created_at"]
        ),
    ),
    max_size=4,
)


@pytest.mark.parametrize("path", READING)
@given(query=queries)
@often
def test_any_query(send: Callable[..., Any], path: str, query: list[tuple[str, str]]) -> None:
    text = "&".join(
        f"{quote_from_bytes(name.encode())}={quote_from_bytes(value.encode())}" for name, value in query
    )

    is_refused_or_right(send("get", f"{path}?{text}"))


@pytest.mark.parametrize(
    "query",
    [
        "page=1&page=2",
        "status[$ne]=x",
        "%24where=1",
        "search[$gt]=",
        "page=%FF",
        "=",
        "%00=%00",
        "created_after=%00",
    ],
)
@pytest.mark.parametrize("path", READING)
def test_a_query_that_means_nothing_is_named(send: Callable[..., Any], path: str, query: str) -> None:
    answer = send("get", f"{path}?{query}")

    is_refused_or_right(answer)
    assert answer.status_code == 400
    assert answer.json()["fields"]


@given(path=st.binary(max_size=60).map(quote_from_bytes), query=st.binary(max_size=20).map(quote_from_bytes))
@often
def test_any_address(send: Callable[..., Any], path: str, query: str) -> None:
    for prefix in ("/", "/users/", "/calls/", f"/calls/{CALL}", "/recordings/", "/docs/", "/twilio/"):
        answer = send("get", f"{prefix}{path}?{query}")
        assert answer.status_code < 500


header = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)


@given(authorization=header, key=header, byte_range=header, accept=header, request_id=header, origin=header)
@often
def test_any_header(
    send: Callable[..., Any],
    authorization: str,
    key: str,
    byte_range: str,
    accept: str,
    request_id: str,
    origin: str,
) -> None:
    headers = {
        "HTTP_ACCEPT": accept,
        "HTTP_X_REQUEST_ID": request_id,
        "HTTP_ORIGIN": origin,
        "HTTP_X_FORWARDED_FOR": authorization,
    }
    body = b'{"to": "+14155550123", "user_external_id": "user-1"}'
    is_refused_or_right(send("post", "/calls/outbound", body, HTTP_IDEMPOTENCY_KEY=key, **headers))
    is_refused_or_right(send("get", f"/recordings/RE{'0' * 32}/audio", HTTP_RANGE=byte_range, **headers))
    for scheme in ("", "Api-Key ", "Bearer ", "Bearer e30.", "Api-Key atlas_"):
        is_refused_or_right(send("get", "/users", HTTP_AUTHORIZATION=scheme + authorization, **headers))


@pytest.mark.parametrize("host", ["evil.example.net", "atlas.example.com:80:80", "é", "a b", "[::1", "\x00"])
def test_another_host_is_refused_in_our_shape(anonymous: APIClient, host: str) -> None:
    answer = anonymous.get("/docs", HTTP_HOST=host)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_input"


PARAMETERS = [
    "CallSid",
    "CallStatus",
    "AccountSid",
    "Timestamp",
    "SequenceNumber",
    "CallDuration",
    "RecordingSid",
    "RecordingStatus",
    "RecordingUrl",
    "RecordingDuration",
    "RecordingSource",
    "TranscriptionSid",
    "TranscriptionText",
    "TranscriptionStatus",
    "$where",
    "a.b",
    "\0",
]
forms = st.lists(
    st.tuples(
        (st.sampled_from(PARAMETERS) | words).map(str.encode) | st.binary(max_size=10),
        st.sampled_from(
            [
                CALL,
                "completed",
                "ringing",
                f"RE{'0' * 32}",
                "-1",
                "9" * 60,
                "Thu, 32 Foo 9999 99:99:99 +9999",
                "Mon, 01 Jan 0001 00:00:00 +1400",
                "Fri, 31 Dec 9999 23:59:59 -1400",
            ]
        ).map(str.encode)
        | words.map(str.encode)
        | st.binary(max_size=30),
    ),
    min_size=1,
    max_size=10,
)


@pytest.mark.parametrize(
    "path",
    [
        "/twilio/voice?call_id=%00&recording=true",
        "/twilio/voice/ended",
        "/twilio/status",
        "/twilio/recording",
    ],
)
@given(form=forms)
@often
@pytest.mark.usefixtures("client")
def test_any_signed_webhook_is_answered_and_kept(path: str, form: list[tuple[bytes, bytes]]) -> None:
    body = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in form)
    posted = QueryDict(body)
    text = "".join(name + value for name in sorted(posted) for value in sorted(set(posted.getlist(name))))
    signed = signature(django_settings.BASE_URL + path + text, {})

    answer = Client().post(path, body, content_type=FORM, HTTP_X_TWILIO_SIGNATURE=signed)

    assert answer.status_code == 200
    assert ElementTree.fromstring(answer.content).tag == "Response"
    assert Call.objects.count() == 1
    newest = WebhookEvent.objects.order_by("-id").first()
    assert newest is not None
    assert not any(set(name) & set("$.\0") for name in newest.payload)
    assert all(len(each.twilio_sid) == 34 for each in Recording.objects.all())
