from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request

if TYPE_CHECKING:  # DRF's views import this module, which the settings name
    from rest_framework.views import APIView


class MethodsMetadata(BaseMetadata):
    """The answer to OPTIONS. DRF's own describes every field, which /openapi.json does better."""

    def determine_metadata(self, request: Request, view: APIView) -> dict[str, Any]:
        return {"methods": view.allowed_methods}
