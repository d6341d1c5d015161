"""What a serializer of ours does beyond DRF's: ObjectIds, UTC, and no guessing at what a client meant."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, cast

from bson import ObjectId
from django.db import models
from django_mongodb_backend import fields as mongodb
from rest_framework import relations, serializers
from rest_framework.fields import Field
from rest_framework.request import Request

AnyField = Field[Any, Any, Any, Any]
Read = Callable[[Any], Any]
Show = Callable[[Any], Any]
OBJECT_ID = "[0-9a-f]{24}"
JSON_TYPES: list[tuple[type[AnyField], type, str]] = [
    (serializers.CharField, str, "Must be a string."),
    (serializers.ChoiceField, str, "Must be a string."),
    (serializers.DateTimeField, str, "Must be a string."),
    (serializers.UUIDField, str, "Must be a string."),
    (serializers.IntegerField, int, "Must be an integer."),
    (serializers.BooleanField, bool, "Must be true or false."),
]
QUERY_FORMS: list[tuple[type[AnyField], str, str]] = [
    (serializers.IntegerField, "-?[0-9]+", "Must be an integer."),
    (serializers.BooleanField, "true|false", "Must be true or false."),
]


class ObjectIdField(serializers.RegexField):
    """24 hexadecimal digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(regex=f"^{OBJECT_ID}$", **kwargs)

    def to_internal_value(self, data: Any) -> ObjectId:  # type: ignore[override]
        return ObjectId(super().to_internal_value(data))

    def run_validators(self, value: Any) -> None:
        super().run_validators(str(value))


class DateTimeField(serializers.DateTimeField):
    """UTC with a Z whatever TIME_ZONE is, and in milliseconds: MongoDB keeps no more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=timezone.utc, **kwargs)

    def to_representation(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return super().to_representation(value)
        at = value if value.tzinfo is timezone.utc else self.enforce_timezone(value)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RelatedIdField(relations.PrimaryKeyRelatedField[Any]):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pk_field=ObjectIdField(), **kwargs)


class StrictInput(serializers.Serializer[Any]):
    """Names what it does not know or would have to convert, instead of dropping or guessing."""

    @classmethod
    def shown(cls, instance: Any) -> dict[str, Any]:
        """What `cls(instance).data` is, without making each field anew: that takes longer than to show it."""
        return shared(cls).to_representation(instance)

    @classmethod
    def all_shown(cls, instances: Iterable[Any]) -> list[dict[str, Any]]:
        return [cls.shown(instance) for instance in instances]

    @classmethod
    def understood(cls, data: Any) -> dict[str, Any]:
        """The validated data. Raises ValidationError."""
        return dict(shared(cls).run_validation(data))

    def to_internal_value(self, data: Any) -> Any:
        refused = self._refused(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            found = cast("dict[str, Any]", error.detail)
            raise serializers.ValidationError({**found, **refused}) from error
        if refused:
            raise serializers.ValidationError(refused)
        return value

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        writable = {str(field.field_name): field for field in self._writable_fields}
        unknown = {name: ["Unknown field."] for name in data if name not in writable}
        wrong = {
            name: [reason]
            for name, field in writable.items()
            if data.get(name) is not None and (reason := self.misfit(field, data[name]))
        }
        return unknown | wrong

    def misfit(self, field: AnyField, value: Any) -> str | None:
        # `type`, for True is an int too.
        return next(
            (
                words
                for kind, needed, words in JSON_TYPES
                if isinstance(field, kind) and type(value) is not needed
            ),
            None,
        )


@cache
def shared(serializer_class: type[StrictInput]) -> StrictInput:
    """One for all requests, to be given whatever it works on: it keeps nothing of it."""
    return serializer_class()


class Serializer(StrictInput):
    pass


class ModelSerializer(serializers.ModelSerializer[Any], StrictInput):
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        mongodb.ObjectIdAutoField: ObjectIdField,
        mongodb.ObjectIdField: ObjectIdField,
        models.DateTimeField: DateTimeField,
    }
    serializer_related_field = RelatedIdField

    def to_representation(self, instance: models.Model) -> dict[str, Any]:
        """As DRF's, which asks of each value whether it is a mapping's, a method's or not there."""
        return {
            name: None if (value := read(instance)) is None else show(value)
            for name, read, show in self._columns
        }

    @cached_property
    def _columns(self) -> list[tuple[str, Read, Show]]:
        return [
            (str(field.field_name), _reader(field), field.to_representation)
            for field in self._readable_fields
        ]


def _reader(field: AnyField) -> Read:
    is_plain = type(field).get_attribute is Field.get_attribute and field.source != "*"
    return attrgetter(str(field.source)) if is_plain else field.get_attribute


class QuerySerializer(StrictInput):
    """A query string: everything is text, and an empty value is a value."""

    def misfit(self, field: AnyField, value: Any) -> str | None:
        return next(
            (
                words
                for kind, form, words in QUERY_FORMS
                if isinstance(field, kind) and not re.fullmatch(form, value)
            ),
            None,
        )


class PageQuerySerializer(QuerySerializer):
    page = serializers.IntegerField(min_value=1, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=100, default=10)
    cursor = serializers.CharField(
        required=False, help_text="As `next` and `previous` have it: where the page begins."
    )


def validated_query(serializer_class: type[QuerySerializer], request: Request) -> dict[str, Any]:
    """Raises ValidationError, which also names parameters that are not known or that repeat."""
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    if repeated:
        raise serializers.ValidationError({name: ["Only once."] for name in repeated})
    return serializer_class.understood(request.query_params.dict())
