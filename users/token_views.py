from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atlas.api.errors import ErrorSerializer
from atlas.api.permissions import Public
from atlas.api.serializers import Serializer
from atlas.api.throttles import LoginThrottle, RefreshThrottle
from users import examples, tokens
from users.errors import SignInRefused

FAILURES = {401: ErrorSerializer, 503: ErrorSerializer}


class SignInSerializer(Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class RefreshSerializer(Serializer):
    refresh = serializers.CharField(max_length=2000)


class TokensSerializer(Serializer):
    access = serializers.CharField(help_text="For the header `Authorization: Bearer ...`.")
    refresh = serializers.CharField(help_text="For POST /auth/token/refresh.")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token ends.")


class TokenView(Public, APIView):
    throttle_classes = [LoginThrottle]

    @extend_schema(
        summary="Sign in as a member of the staff",
        description="What the tokens may do follows from the person's groups. They end with the password.",
        request=SignInSerializer,
        responses={200: TokensSerializer, **FAILURES},
        examples=[examples.SIGN_IN, examples.TOKENS],
    )
    def post(self, request: Request) -> Response:
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = tokens.sign_in(request=request._request, **serializer.validated_data)
        return answer(made, "The username or the password is wrong.")


class RefreshView(Public, APIView):
    throttle_classes = [RefreshThrottle]

    @extend_schema(
        summary="Get a new access token",
        request=RefreshSerializer,
        responses={200: TokensSerializer, **FAILURES},
        examples=[examples.REFRESH, examples.TOKENS],
    )
    def post(self, request: Request) -> Response:
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = tokens.renew(refresh=serializer.validated_data["refresh"])
        return answer(made, "The token is not valid, has expired, or has ended with its account or password.")


def answer(made: tokens.Tokens | None, refusal: str) -> Response:
    if made is None:
        raise SignInRefused(refusal)
    # RFC 6749 section 5.1: nobody on the way may keep it.
    return Response(TokensSerializer(asdict(made)).data, headers={"Cache-Control": "no-store"})
