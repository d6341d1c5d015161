"""How the OpenAPI document is drawn from the code."""

import re
from functools import cache
from http import HTTPStatus
from inspect import cleandoc
from typing import Any, Literal

from drf_spectacular import openapi
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers

from atlas.api.errors import ErrorSerializer
from atlas.api.permissions import HasScope
from atlas.api.serializers import QuerySerializer, StrictInput

# Something that Python does not strip; other languages count fewer characters as space.
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"
VERBS = {"retrieve": "get", "partial_update": "update", "destroy": "delete"}
ERRORS = {
    HTTPStatus.BAD_REQUEST: "The input is not valid; `fields` says which and why.",
    HTTPStatus.UNAUTHORIZED: "No credential, or one that is unknown, expired or revoked.",
    HTTPStatus.FORBIDDEN: "The credential lacks the scope.",
    HTTPStatus.NOT_FOUND: "There is no such thing.",
    HTTPStatus.CONFLICT: "The present state does not allow it; `detail` says why.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body must be application/json.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The `Idempotency-Key` was used with another body.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; `Retry-After` says how many seconds to wait.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database or Twilio is away; `Retry-After` says when to try again.",
}


class AutoSchema(openapi.AutoSchema):
    """DRF Spectacular's, with every failure that a client can meet, and the strictness of StrictInput."""

    def get_operation_id(self) -> str:
        path: list[str] = [token.replace("-", "_") for token in self._tokenize_path()] or ["root"]
        action = getattr(self.view, "action", None) or self.method_mapping[self.method.lower()]
        # An extra action is the last part of its path already.
        return "_".join(path if path[-1] == action else [*path, VERBS.get(action, action)])

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self._possible_errors():
            code = str(status.value)
            bodies.setdefault(code, self._get_response_for_code(ErrorSerializer, code, ["application/json"]))  # type: ignore[no-untyped-call]
        for code, body in bodies.items():
            status = HTTPStatus(int(code))
            body["description"] = body["description"] or ERRORS.get(status, status.phrase)
        return dict(sorted(bodies.items()))

    def get_description(self) -> str:  # type: ignore[override]
        """The handler's own docstring; a class's speaks to who works on the code."""
        handler = getattr(self.view, getattr(self.view, "action", self.method.lower()))
        return cleandoc(handler.__doc__ or "")

    def get_summary(self) -> str:
        """The first clause of the description."""
        return re.split(r"[.;](?:\s|$)|\n", self.get_description())[0]

    def _possible_errors(self) -> list[HTTPStatus]:
        has_body = self._get_request_body() is not None  # type: ignore[no-untyped-call]
        guarded = any(isinstance(permission, HasScope) for permission in self.view.get_permissions())
        possible = {
            HTTPStatus.BAD_REQUEST: has_body or self._has_query(),
            HTTPStatus.UNAUTHORIZED: guarded,
            HTTPStatus.FORBIDDEN: guarded,
            HTTPStatus.NOT_FOUND: "{" in self.path,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE: has_body,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE: has_body,
            HTTPStatus.TOO_MANY_REQUESTS: bool(self.view.get_throttles()),
            HTTPStatus.SERVICE_UNAVAILABLE: guarded,
        }
        return [status for status, is_possible in possible.items() if is_possible]

    def _has_query(self) -> bool:
        return any(parameter["in"] == "query" for parameter in self._get_parameters())

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        schema.pop("description", None)
        if direction == "request" and isinstance(serializer, StrictInput):
            schema["additionalProperties"] = False
        if direction == "response" and not isinstance(serializer, ErrorSerializer):
            schema["required"] = sorted(schema.get("properties", {}))
        return schema

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        schema.pop("x-spec-enum-id", None)
        # The kinds of text have patterns of their own.
        if direction == "request" and type(field) is serializers.CharField and _refuses_blank(field):
            schema["pattern"] = NOT_BLANK
        return schema


def _refuses_blank(field: serializers.CharField) -> bool:
    return field.trim_whitespace and not field.allow_blank and not isinstance(field.parent, QuerySerializer)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; it does not change while the process runs."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema
