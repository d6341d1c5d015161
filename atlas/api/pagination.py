from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import QueryDict
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from atlas.api.serializers import PageQuerySerializer

if TYPE_CHECKING:  # DRF's views import this module, which the settings name
    from rest_framework.views import APIView


class PageNumberPagination(BasePagination):
    """Two commands for a page: a count and a find. A page past the end is empty, and no error."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        query = PageQuerySerializer(
            data={
                name: request.query_params[name]
                for name in ("page", "page_size")
                if name in request.query_params
            }
        )
        query.is_valid(raise_exception=True)
        self.page, self.page_size = query.validated_data["page"], query.validated_data["page_size"]
        self.request = request
        self.total = queryset.count()
        offset = (self.page - 1) * self.page_size
        # MongoDB cannot skip as far as a client can count.
        return list(queryset[offset : offset + self.page_size]) if offset < self.total else []

    def get_paginated_response(self, data: Any) -> Response:
        last = max(1, -(-self.total // self.page_size))
        return Response(
            {
                "items": data,
                "total": self.total,
                "page": self.page,
                "page_size": self.page_size,
                "next": self._url(self.page + 1) if self.page < last else None,
                "previous": self._url(min(self.page - 1, last)) if self.page > 1 else None,
            }
        )

    def _url(self, page: int) -> str:
        # Never from the Host header, which the client writes.
        query: QueryDict = self.request.query_params.copy()
        query["page"] = str(page)
        return f"{settings.BASE_URL}{self.request.path}?{query.urlencode()}"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        url = {"type": "string", "format": "uri", "nullable": True}
        properties = {
            "items": schema,
            "total": {"type": "integer", "minimum": 0, "example": 57},
            "page": {"type": "integer", "minimum": 1, "example": 2},
            "page_size": {"type": "integer", "minimum": 1, "maximum": 100, "example": 10},
            "next": url | {"example": f"{settings.BASE_URL}/users?page=3"},
            "previous": url | {"example": f"{settings.BASE_URL}/users?page=1"},
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """None: every list names PageQuerySerializer, or one with more, as its parameters."""
        return []
