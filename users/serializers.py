from typing import Any

from rest_framework import serializers

from atlas.api.serializers import ModelSerializer, PageQuerySerializer, Serializer
from users.models import User


class UserSerializer(ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "name", "email", "phone_number", "created_at", "updated_at"]


class CreateUserSerializer(Serializer):
    name = serializers.CharField(max_length=100)
    email = serializers.EmailField(max_length=254, help_text="Kept in lower case; no two users share one.")
    phone_number = serializers.RegexField(
        r"^\+[1-9][0-9 ().-]*[0-9]$",
        min_length=10,
        max_length=15,
        help_text="With the country code; spaces, dots, dashes and parentheses are dropped.",
        error_messages={"invalid": "Write it as E.164, such as +14155550123."},
    )


class UpdateUserSerializer(CreateUserSerializer):
    """Any of the fields; with none of them nothing changes."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class UserQuerySerializer(PageQuerySerializer):
    search = serializers.CharField(
        max_length=100,
        default="",
        allow_blank=True,
        help_text="A part of the name, the e-mail address or the number, however the number is written.",
    )
