from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from atlas.api.errors import ErrorSerializer
from atlas.api.pagination import page_of
from atlas.api.permissions import Credential
from atlas.api.serializers import PageQuerySerializer, validated_query
from calls import examples, reconcile, services
from calls.admission import Caller
from calls.filters import LISTED, CallQuerySerializer, calls_matching, calls_of_user
from calls.idempotency import IDEMPOTENCY_KEY, idempotency_key
from calls.models import Call
from calls.selectors import call_with_sid
from calls.serializers import (
    CallDetailSerializer,
    CallSerializer,
    PlaceCallSerializer,
    PlacedCallSerializer,
    RecordingSerializer,
)
from users.models import AuditEntry, Staff
from users.services import record_audit


def caller_of(request: Request) -> Caller:
    credential = cast("Credential", request.auth)
    return Caller(credential.caller, credential.calls_per_minute, credential.calls_per_day)


class CallViewSet(GenericViewSet[Call]):
    required_scopes = {"GET": "calls:read", "POST": "calls:write"}
    queryset = LISTED
    serializer_class = CallSerializer

    @extend_schema(
        parameters=[CallQuerySerializer], responses=CallSerializer(many=True), examples=[examples.CALLS]
    )
    def list(self, request: Request) -> Response:
        """The calls that match every filter; newest first, unless `ordering` says otherwise."""
        return page_of(calls_matching(validated_query(CallQuerySerializer, request)), request, CallSerializer)

    @extend_schema(responses=CallDetailSerializer, examples=[examples.CALL_DETAIL])
    def retrieve(self, request: Request, call_sid: str) -> Response:
        """A call with its status history and recordings."""
        return Response(CallDetailSerializer.shown(call_with_sid(call_sid)))

    @extend_schema(
        request=PlaceCallSerializer,
        responses={201: PlacedCallSerializer, 409: ErrorSerializer, 422: ErrorSerializer},
        operation_id="calls_place",
        parameters=[IDEMPOTENCY_KEY],
        examples=[examples.PLACE_CALL, examples.PLACED_CALL],
    )
    def place(self, request: Request) -> Response:
        """Calls a person. The answer comes as soon as Twilio has accepted the call.

        403 `call_refused`: a rule against toll fraud forbids it, and the text names the rule. 429
        `call_limit_reached`: the credential has placed as many calls in this minute or day as it may.
        """
        serializer = PlaceCallSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        call = services.place_call(
            request=serializer.to_request(),
            idempotency_key=idempotency_key(request),
            caller=caller_of(request),
        )
        self.audit(AuditEntry.Action.CALLED, call, once_key=f"called:{call.call_id}")
        return Response(PlacedCallSerializer.shown(call), status=status.HTTP_201_CREATED)

    @extend_schema(
        request=None,
        responses={200: CallDetailSerializer, 400: ErrorSerializer, 409: ErrorSerializer},
        operation_id="calls_hang_up",
        examples=[examples.CALL_DETAIL],
    )
    def hang_up(self, request: Request, call_sid: str) -> Response:
        """Ends a call that rings or is in progress."""
        call = services.hang_up(call=call_with_sid(call_sid))
        self.audit(AuditEntry.Action.HUNG_UP, call)
        return Response(CallDetailSerializer.shown(call))

    @extend_schema(
        request=None,
        responses={200: CallDetailSerializer, 400: ErrorSerializer},
        examples=[examples.CALL_DETAIL],
    )
    def sync(self, request: Request, call_sid: str) -> Response:
        """Asks Twilio for the true state of the call and its recordings."""
        call = reconcile.sync_call(call=call_with_sid(call_sid))
        self.audit(AuditEntry.Action.SYNCED, call)
        return Response(CallDetailSerializer.shown(call))

    @extend_schema(responses=RecordingSerializer(many=True), examples=[examples.RECORDINGS])
    def recordings(self, request: Request, call_sid: str) -> Response:
        """The recordings of a call with their transcriptions, oldest first."""
        return Response(RecordingSerializer.all_shown(call_with_sid(call_sid).recordings_in_order))

    @extend_schema(
        parameters=[PageQuerySerializer], responses=CallSerializer(many=True), examples=[examples.CALLS]
    )
    def of_user(self, request: Request, user_id: str) -> Response:
        """The calls whose user_external_id is this user's id, newest first."""
        validated_query(PageQuerySerializer, request)
        return page_of(calls_of_user(user_id), request, CallSerializer)

    def audit(self, action: AuditEntry.Action, call: Call, once_key: str | None = None) -> None:
        """What people do is kept with their name; machines are told apart by their keys."""
        who = self.request.user
        if isinstance(who, Staff):
            sid = call.twilio_sid
            record_audit(
                staff=who, action=action, subject=str(call), call_sid=sid, detail="API", once_key=once_key
            )
