"""JSON in and JSON out, whatever the client's headers hope for."""

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class StrictJSONParser(BaseParser):
    """
    A JSON object in UTF-8, as RFC 8259 has it: no NaN, no half of a surrogate pair, no name twice, no endless
    nesting.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        # Not from the stream: only `body` holds to DATA_UPLOAD_MAX_MEMORY_SIZE.
        body: bytes = (parser_context or {})["request"]._request.body
        try:
            data = json.loads(
                body.decode(), parse_constant=_refuse_constant, object_pairs_hook=_without_repetition
            )
            # Neither MongoDB nor an answer can hold what UTF-8 cannot.
            json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not valid JSON: {_reason(error)}.") from error
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        return data


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Who checks a request on its way may see the first of two, and we would see the last."""
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a name is there twice")
    return names


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, UnicodeError):
        return "it is not UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


class FirstRenderer(BaseContentNegotiation):
    """The view's own format, without a 406 for an Accept header that nobody meant."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
