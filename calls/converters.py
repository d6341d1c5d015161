"""The path converters of the URLs: what does not look like an id is a 404 without asking the database."""

from atlas.api.serializers import OBJECT_ID


class CallSidConverter:
    regex = "CA[0-9a-fA-F]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class RecordingSidConverter(CallSidConverter):
    regex = "RE[0-9a-fA-F]{32}"


class ObjectIdConverter(CallSidConverter):
    regex = OBJECT_ID
