import re
from typing import Any

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.urls("atlas.api.tests.urls")

EXPECTED = {
    "conflict": (409, "conflict"),
    "unavailable": (503, "unavailable"),
    "throttled": (429, "too_many_requests"),
    "denied": (403, "forbidden"),
    "missing": (404, "not_found"),
    "suspicious": (400, "invalid_input"),
    "database": (503, "unavailable"),
    "bug": (500, "internal_error"),
}


@pytest.mark.parametrize("kind", ["fail", "plain"])
@pytest.mark.parametrize("name", EXPECTED)
def test_every_failure_has_the_same_shape(anonymous: APIClient, kind: str, name: str) -> None:
    answer = anonymous.get(f"/{kind}/{name}", HTTP_X_REQUEST_ID="req-1")

    assert (answer.status_code, answer.json()["error"]) == EXPECTED[name]
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Request-ID"] == "req-1"
    body = answer.json()
    assert set(body) - {"fields"} == {"error", "detail", "timestamp", "request_id"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert body["request_id"] == "req-1"
    assert "secret" not in answer.content.decode()


def test_fields_are_shown_where_a_service_names_them(anonymous: APIClient) -> None:
    assert anonymous.get("/fail/conflict").json()["fields"] == {"status": ["completed"]}


@pytest.mark.parametrize(("name", "seconds"), [("unavailable", "5"), ("database", "5"), ("throttled", "13")])
def test_it_says_when_to_try_again(anonymous: APIClient, name: str, seconds: str) -> None:
    assert anonymous.get(f"/fail/{name}")["Retry-After"] == seconds


@pytest.mark.parametrize("name", ["bug", "conflict"])
def test_what_is_logged_carries_the_id_that_the_client_sees(
    anonymous: APIClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    anonymous.get(f"/fail/{name}", HTTP_X_REQUEST_ID="req-1")

    (record,) = caplog.records
    assert vars(record)["request_id"] == "req-1"
    assert ("RuntimeError: secret detail" in str(record.exc_text)) == (name == "bug")


def test_the_loss_of_the_database_is_logged(anonymous: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    anonymous.get("/fail/database")

    assert "OperationalError: secret.host:27017 refused" in caplog.messages


def test_an_unknown_path_is_json(anonymous: APIClient) -> None:
    answer = anonymous.get("/nothing/here", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


def test_the_admin_keeps_its_pages(anonymous: APIClient) -> None:
    assert anonymous.get("/admin/bug")["Content-Type"].startswith("text/html")
    assert anonymous.get("/admin/missing")["Content-Type"].startswith("text/html")


@pytest.mark.urls("atlas.urls")
def test_an_unknown_host_is_refused_in_json(anonymous: APIClient) -> None:
    answer = anonymous.get("/", HTTP_HOST="evil.example.net")

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_input"


def test_an_unsupported_method_is_405_with_the_methods_that_are(anonymous: APIClient) -> None:
    answer = anonymous.put("/order", {})

    assert answer.status_code == 405
    assert answer.json()["error"] == "method_not_allowed"
    assert "POST" in answer["Allow"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", ""])
def test_every_accept_header_gets_json(anonymous: APIClient, accept: str) -> None:
    answer = anonymous.post("/order?format=xml", {}, headers={"accept": accept})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_read(anonymous: APIClient, media_type: str) -> None:
    answer = anonymous.generic("POST", "/order", b"{}", content_type=media_type)  # type: ignore[arg-type]

    assert answer.status_code == 415
    assert answer.json()["error"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nothing",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe{}",
        '{"note": "é"}'.encode("latin-1"),
        b'{"note": NaN}',
        b'{"note": Infinity}',
        b'{"note": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"lines": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"note": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_a_json_object_is_refused(anonymous: APIClient, body: bytes) -> None:
    answer = anonymous.generic("POST", "/order", body, content_type="application/json; charset=x")  # type: ignore[arg-type]

    # Without any body there is nothing to parse, and here no field is required.
    assert answer.status_code == (400 if body else 200)
    if body:
        assert answer.json()["error"] == "invalid_input"


def test_a_large_body_is_refused(anonymous: APIClient) -> None:
    answer = anonymous.post("/order", {"note": "a" * 1024 * 1024})

    assert answer.status_code == 413
    assert answer.json()["error"] == "too_large"


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        ({"nope": 1, "id": 2}, {"nope", "id"}),
        ({"note": 5}, {"note"}),
        ({"note": None}, {"note"}),
        ({"note": ["a"]}, {"note"}),
        ({"note": "nul\0"}, {"note"}),
        ({"wanted": "true"}, {"wanted"}),
        ({"wanted": 1}, {"wanted"}),
        ({"made_at": 5}, {"made_at"}),
        ({"made_at": "yesterday"}, {"made_at"}),
        ({"made_at": "0001-01-01T00:00:00+10:00"}, {"made_at"}),
        ({"first": {"number": True}}, {"first.number"}),
        ({"first": {"number": "5"}}, {"first.number"}),
        ({"first": {"number": 5.0}}, {"first.number"}),
        ({"first": {"number": 6}}, {"first.number"}),
        ({"first": {"number": 10**400}}, {"first.number"}),
        ({"first": []}, {"first"}),
        ({"lines": [{"number": 1}, {"number": 0, "colour": "red"}]}, {"lines.1.number", "lines.1.colour"}),
        ({"lines": {}}, {"lines"}),
    ],
)
def test_a_value_is_never_guessed_at(anonymous: APIClient, order: dict[str, Any], fields: set[str]) -> None:
    answer = anonymous.post("/order", order)

    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == fields
    assert all(texts and all(texts) for texts in answer.json()["fields"].values())


@pytest.mark.parametrize("offered", ["a" * 65, "with space", "line\nbreak", "ümlaut", ""])
def test_a_strange_request_id_is_replaced(anonymous: APIClient, offered: str) -> None:
    answer = anonymous.get("/fail/conflict", HTTP_X_REQUEST_ID=offered)

    assert re.fullmatch("[0-9a-f]{32}", answer["X-Request-ID"])
    assert answer.json()["request_id"] == answer["X-Request-ID"]
