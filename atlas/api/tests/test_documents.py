"""The pages for everybody: the index, the OpenAPI document and its two readers."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from rest_framework.test import APIClient

from atlas import __version__
from atlas.api.schema import NOT_BLANK


def test_the_index_says_where_things_are(anonymous: APIClient) -> None:
    assert anonymous.get("/").json() == {
        "name": "Atlas",
        "version": __version__,
        "docs": "https://atlas.example.com/docs",
        "redoc": "https://atlas.example.com/redoc",
        "openapi": "https://atlas.example.com/openapi.json",
        "health": "https://atlas.example.com/health",
        "admin": "https://atlas.example.com/admin/",
    }


@pytest.fixture
def document(anonymous: APIClient) -> dict[str, Any]:
    answer = anonymous.get("/openapi.json")
    assert answer["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.json()
    return body


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["operationId"]: each for path in document["paths"].values() for each in path.values()}


def test_every_operation_is_told_in_full(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        assert operation["summary"], name
        assert operation["tags"], name
        assert all(answer["description"] for answer in operation["responses"].values()), name


def test_every_guarded_operation_names_the_failures_that_a_client_can_meet(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        if operation["security"] == [{}]:
            continue
        needed = {"401", "403", "503"} | ({"400", "413", "415"} if "requestBody" in operation else set())
        assert needed <= set(operation["responses"]), name
        failures = [answer for status, answer in operation["responses"].items() if status >= "400"]
        for failure in failures:
            schema = failure["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Error"}, name


def test_the_document_is_as_strict_as_the_api(document: dict[str, Any]) -> None:
    request = document["components"]["schemas"]["CreateUserRequest"]
    assert request["additionalProperties"] is False
    assert request["properties"]["name"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 100,
        "pattern": NOT_BLANK,
    }
    parameters = {each["name"]: each["schema"] for each in operations(document)["users_list"]["parameters"]}
    assert parameters["page_size"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}


def test_an_answer_has_all_of_its_fields(document: dict[str, Any]) -> None:
    user = document["components"]["schemas"]["User"]
    assert user["required"] == sorted(user["properties"])
    assert user["properties"]["id"] == {"type": "string", "pattern": "^[0-9a-f]{24}$", "readOnly": True}


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_readers_load_nothing_from_elsewhere(anonymous: APIClient, path: str) -> None:
    answer = anonymous.get(path)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    page = answer.content.decode()
    assert "/openapi.json" in page + anonymous.get(f"{path}?script=").content.decode()
    assert not re.search(r"(?:src|href)=.?(?:https?:)?//", page)
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert files
    assert all(finders.find(file.removeprefix("/static/")) for file in files)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/"])
def test_even_where_the_answer_is_a_page_an_error_is_json(anonymous: APIClient, path: str) -> None:
    answer = anonymous.post(path, {})

    assert answer.status_code == 405
    assert answer.json()["error"] == "method_not_allowed"
