from django.apps import AppConfig


class AtlasConfig(AppConfig):
    name = "atlas"

    def ready(self) -> None:
        from atlas import checks  # noqa: F401, PLC0415 - registers them
