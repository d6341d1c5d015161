"""Views that fail in every way there is."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atlas.api.errors import handler400, handler403, handler404, handler500
from atlas.api.permissions import Public
from atlas.api.serializers import Serializer
from atlas.errors import Conflict, Unavailable

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

FAILURES: dict[str, Callable[[], Exception]] = {
    "conflict": lambda: Conflict("It is over.", fields={"status": ["completed"]}),
    "unavailable": lambda: Unavailable("Twilio is away."),
    "throttled": lambda: exceptions.Throttled(wait=12.3),
    "denied": PermissionDenied,
    "missing": lambda: Http404("secret path"),
    "suspicious": lambda: SuspiciousOperation("secret reason"),
    "database": lambda: OperationalError("secret.host:27017 refused"),
    "bug": lambda: RuntimeError("secret detail"),
}


class LineSerializer(Serializer):
    number = serializers.IntegerField(min_value=1, max_value=5)


class OrderSerializer(Serializer):
    note = serializers.CharField(required=False)
    wanted = serializers.BooleanField(required=False)
    made_at = serializers.DateTimeField(required=False)
    lines = LineSerializer(many=True, required=False)
    first = LineSerializer(required=False)


class OrderView(Public, APIView):
    def post(self, request: Request) -> Response:
        serializer = OrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data)


class FailingView(Public, APIView):
    def get(self, request: Request, name: str) -> Response:
        raise FAILURES[name]()


def failing_page(request: HttpRequest, name: str) -> HttpResponse:
    raise FAILURES[name]()


urlpatterns = [
    path("order", OrderView.as_view()),
    path("fail/<name>", FailingView.as_view()),
    path("plain/<name>", failing_page),
    path("admin/<name>", failing_page),
]
