from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from atlas.api.serializers import validated_query
from calls import reconcile, services
from calls.examples import CALL_EXAMPLES, PLACE_CALL_EXAMPLES
from calls.filters import CallQuerySerializer, calls_matching
from calls.models import Call, Recording
from calls.selectors import call_with_sid
from calls.serializers import (
    CallDetailSerializer,
    CallSerializer,
    PlaceCallSerializer,
    PlacedCallSerializer,
    RecordingSerializer,
)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="With the same key and body the first answer is given again, and nothing is dialled.",
)


class CallViewSet(GenericViewSet[Call]):
    serializer_class = CallSerializer
    lookup_field = "call_sid"
    lookup_value_regex = "CA[0-9a-f]{32}"
    required_scopes = {"GET": "calls:read", "POST": "calls:write"}

    def get_queryset(self) -> QuerySet[Call]:
        return Call.objects.defer("status_history")

    @extend_schema(parameters=[CallQuerySerializer], responses=CallSerializer(many=True))
    def list(self, request: Request) -> Response:
        calls = calls_matching(validated_query(CallQuerySerializer, request)).defer("status_history")
        page = self.paginate_queryset(calls)
        return self.get_paginated_response(CallSerializer(page, many=True).data)

    @extend_schema(responses=CallDetailSerializer)
    def retrieve(self, request: Request, call_sid: str) -> Response:
        return Response(CallDetailSerializer(call_with_sid(call_sid)).data)

    @extend_schema(
        request=PlaceCallSerializer,
        responses={201: PlacedCallSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(methods=["post"], detail=False)
    def outbound(self, request: Request) -> Response:
        serializer = PlaceCallSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        call = services.place_call(request=serializer.to_request(), idempotency_key=idempotency_key(request))
        return Response(PlacedCallSerializer(call).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=CallDetailSerializer)
    @action(methods=["post"], detail=True)
    def hangup(self, request: Request, call_sid: str) -> Response:
        return Response(CallDetailSerializer(services.hang_up(call=call_with_sid(call_sid))).data)

    @extend_schema(request=None, responses=CallDetailSerializer)
    @action(methods=["post"], detail=True)
    def sync(self, request: Request, call_sid: str) -> Response:
        return Response(CallDetailSerializer(reconcile.sync_call(call=call_with_sid(call_sid))).data)

    @extend_schema(responses=RecordingSerializer(many=True))
    @action(detail=True)
    def recordings(self, request: Request, call_sid: str) -> Response:
        recordings = Recording.objects.filter(call=call_with_sid(call_sid)).order_by("created_at")
        return Response(RecordingSerializer(recordings, many=True).data)
