from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from atlas.api.errors import ErrorSerializer
from atlas.api.pagination import page_of
from atlas.api.serializers import OBJECT_ID, validated_query
from users import services
from users.examples import CREATE_USER, UPDATE_USER, USER
from users.models import User
from users.selectors import users_found
from users.serializers import CreateUserSerializer, UpdateUserSerializer, UserQuerySerializer, UserSerializer


class UserViewSet(GenericViewSet[User]):
    queryset: QuerySet[User] = User.objects.all()
    serializer_class = UserSerializer
    lookup_url_kwarg = "user_id"
    lookup_value_regex = OBJECT_ID
    required_scopes = {
        "GET": "users:read",
        "POST": "users:write",
        "PATCH": "users:write",
        "DELETE": "users:write",
    }

    @extend_schema(
        summary="Users, newest first",
        parameters=[UserQuerySerializer],
        responses=UserSerializer(many=True),
        examples=[USER],
    )
    def list(self, request: Request) -> Response:
        query = validated_query(UserQuerySerializer, request)
        return page_of(users_found(query["search"]), request, UserSerializer)

    @extend_schema(
        summary="Add a user",
        request=CreateUserSerializer,
        responses={201: UserSerializer, 409: ErrorSerializer},
        examples=[CREATE_USER, USER],
    )
    def create(self, request: Request) -> Response:
        serializer = CreateUserSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = services.create_user(**serializer.validated_data)
        return Response(UserSerializer.shown(user), status=status.HTTP_201_CREATED)

    @extend_schema(summary="A user", responses=UserSerializer, examples=[USER])
    def retrieve(self, request: Request, user_id: str) -> Response:
        return Response(UserSerializer.shown(services.user_with_id(user_id=user_id)))

    @extend_schema(
        summary="Change a user",
        request=UpdateUserSerializer,
        responses={200: UserSerializer, 409: ErrorSerializer},
        examples=[UPDATE_USER, USER],
    )
    def partial_update(self, request: Request, user_id: str) -> Response:
        serializer = UpdateUserSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = services.update_user(user_id=user_id, changes=serializer.validated_data)
        return Response(UserSerializer.shown(user))

    @extend_schema(summary="Delete a user", description="Their calls stay.", responses={204: None})
    def destroy(self, request: Request, user_id: str) -> Response:
        services.delete_user(user_id=user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
