from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from atlas.api.cursors import Cursor
from atlas.api.serializers import DateTimeField, PageQuerySerializer, StrictInput
from atlas.api.totals import total_of
from atlas.mongodb.listing import Rows

if TYPE_CHECKING:  # DRF's views import this module, which the settings name
    from rest_framework.views import APIView

Page = list[Any]
PAGING = ("page", "page_size", "cursor")


COUNTED_AT = "X-Total-Counted-At"
TOTAL = (
    f"Of the moment that the header {COUNTED_AT} names: a list with a filter and more than ten thousand rows "
    "is counted once a minute, and pages that `next` leads to are not counted again."
)


def page_of(rows: Rows[Any], request: Request, serializer: type[StrictInput]) -> Response:
    """The page that the request asks for."""
    paginator = PageNumberPagination()
    return paginator.get_paginated_response(serializer.all_shown(paginator.paginate_queryset(rows, request)))


class PageNumberPagination(BasePagination):
    """
    Two commands for a page by its number: a count and a find that skips. One for a page that `next` or
    `previous` leads to, however far it is: their cursor says where it begins, and how many rows there are.
    A page past the end is empty, and no error.
    """

    cursor: Cursor | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Page:
        """`queryset` are the Rows of a Listing."""
        given = {name: request.query_params[name] for name in PAGING if name in request.query_params}
        query = PageQuerySerializer.understood(given)
        self.page, self.page_size = query["page"], query["page_size"]
        self.request = request
        self.order = queryset.order
        if text := query.get("cursor"):
            self.cursor = Cursor.read(text, self._list())
            self.total = self.cursor.total
            self.rows, self.beyond = self._follow(self.cursor, queryset)
        else:
            self.total = total_of(queryset, self._list("ordering", "page_size"))
            self.rows, self.beyond = self._skip(queryset)
        return self.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "items": data,
                "total": self.total.count,
                "page": self.page,
                "page_size": self.page_size,
                "next": self._next(),
                "previous": self._previous(),
            },
            headers={COUNTED_AT: DateTimeField().to_representation(self.total.counted_at)},
        )

    def _skip(self, rows: Rows[Any]) -> tuple[Page, Any]:
        """The page, and the row after it."""
        start = (self.page - 1) * self.page_size
        # MongoDB cannot skip as far as a client can count.
        is_there = start < self.total.count or not start
        return self._without_the_last(rows.skip(start, most=self.page_size + 1) if is_there else [])

    def _follow(self, cursor: Cursor, rows: Rows[Any]) -> tuple[Page, Any]:
        """The page, and the row after it; before it, when the cursor leads backward."""
        after = rows.after(cursor.position, most=self.page_size + 1, is_backward=cursor.is_backward)
        found, beyond = self._without_the_last(after)
        return found[::-1] if cursor.is_backward else found, beyond

    def _without_the_last(self, rows: Page) -> tuple[Page, Any]:
        return (rows[:-1], rows[-1]) if len(rows) > self.page_size else (rows, None)

    def _next(self) -> str | None:
        came_from = self._came_from(is_backward=True)
        if not self.rows or (self.beyond is None and came_from is None):
            return None
        after = came_from if came_from is not None else self.order.values_of(self.beyond)
        position = self.order.position(self.rows[-1], next_to=after)
        return self._url(self.page + 1, Cursor(position, is_backward=False, total=self.total))

    def _previous(self) -> str | None:
        if self.page == 1:
            return None
        if not self.rows:
            return self._url(min(self.page - 1, max(1, -(-self.total.count // self.page_size))))
        before = self._came_from(is_backward=False)
        if before is None and self.beyond is not None and self.cursor:
            before = self.order.values_of(self.beyond)
        position = self.order.position(self.rows[0], next_to=before)
        return self._url(self.page - 1, Cursor(position, is_backward=True, total=self.total))

    def _came_from(self, *, is_backward: bool) -> Any:
        """The values of the row that the cursor stands on, if it leads that way: it is next to the page."""
        cursor = self.cursor
        return cursor.position.values if cursor and cursor.is_backward == is_backward else None

    def _list(self, *ignored: str) -> str:
        """What this is a list of: the path and the filters."""
        query = sorted(
            (name, value)
            for name, value in self.request.query_params.items()
            if name not in ("page", "cursor", *ignored)
        )
        return f"{self.request.path}?{urlencode(query)}"

    def _url(self, page: int, cursor: Cursor | None = None) -> str:
        # Never from the Host header, which the client writes.
        query: QueryDict = self.request.query_params.copy()
        query["page"] = str(page)
        query.pop("cursor", None)
        if cursor:
            query["cursor"] = cursor.sign(self._list())
        return f"{settings.BASE_URL}{self.request.path}?{query.urlencode()}"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        url = {"type": "string", "format": "uri", "nullable": True}
        properties = {
            "items": schema,
            "total": {"type": "integer", "minimum": 0, "example": 57, "description": TOTAL},
            "page": {"type": "integer", "minimum": 1, "example": 2},
            "page_size": {"type": "integer", "minimum": 1, "maximum": 100, "example": 10},
            "next": url | {"example": f"{settings.BASE_URL}/users?page=3&cursor=..."},
            "previous": url | {"example": f"{settings.BASE_URL}/users?page=1&cursor=..."},
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """None: every list names PageQuerySerializer, or one with more, as its parameters."""
        return []
