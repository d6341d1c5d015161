"""What everybody may see: where things are, how Atlas is, and how to use it."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atlas import __version__
from atlas.api.errors import RETRY_AFTER, ErrorSerializer, Failure, utc_now
from atlas.api.permissions import Public
from atlas.api.schema import document
from atlas.api.serializers import DateTimeField
from atlas.health import Health, check_health


class IndexSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    docs = serializers.URLField()
    redoc = serializers.URLField()
    openapi = serializers.URLField()
    health = serializers.URLField()
    admin = serializers.URLField()


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["ok", "degraded", "unavailable"])
    database = serializers.ChoiceField(["ok", "unavailable"])
    twilio = serializers.ChoiceField(["ok", "unavailable"])
    version = serializers.CharField()
    timestamp = DateTimeField()


class UnhealthySerializer(HealthSerializer, ErrorSerializer):
    pass


class IndexView(Public, APIView):
    @extend_schema(summary="Where things are", tags=["service"], responses=IndexSerializer)
    def get(self, request: Request) -> Response:
        paths = {
            "docs": "/docs",
            "redoc": "/redoc",
            "openapi": "/openapi.json",
            "health": "/health",
            "admin": "/admin/",
        }
        links = {name: settings.BASE_URL + path for name, path in paths.items()}
        return Response({"name": "Atlas", "version": __version__, **links})


class HealthView(Public, APIView):
    @extend_schema(
        summary="Whether Atlas can do its work",
        description="`degraded` while Twilio does not answer (looked up at most every 30 seconds); "
        "503 while the database does not.",
        tags=["service"],
        responses={200: HealthSerializer, 503: UnhealthySerializer},
        examples=[
            OpenApiExample(
                "Healthy",
                {
                    "status": "ok",
                    "database": "ok",
                    "twilio": "ok",
                    "version": __version__,
                    "timestamp": "2026-01-31T12:00:00.000Z",
                },
                status_codes=["200"],
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        health = check_health()
        body = {**self._words(health), "version": __version__, "timestamp": utc_now()}
        if health.database:
            return Response(body)
        failure = Failure(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "The database does not answer.")
        return Response(
            failure.body() | body, status=failure.status, headers={"Retry-After": str(RETRY_AFTER)}
        )

    def _words(self, health: Health) -> dict[str, str]:
        words = {True: "ok", False: "unavailable"}
        healthy = "ok" if health.twilio else "degraded"
        return {
            "status": healthy if health.database else "unavailable",
            "database": words[health.database],
            "twilio": words[health.twilio],
        }


class OpenApiView(Public, APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(document())


class SwaggerView(Public, SpectacularSwaggerSplitView):
    """Its script is an address of its own, so that no page needs scripts within it."""

    url = "/openapi.json"
    url_self = "/docs"


class RedocView(Public, SpectacularRedocView):
    url = "/openapi.json"
    template_name = "atlas/redoc.html"
