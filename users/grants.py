"""How migrations give the staff's groups their permissions; each app grants its own."""

from collections.abc import Collection, Mapping
from typing import Any

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions


def grant(apps: Apps, app_label: str, matrix: Mapping[str, Collection[str]]) -> None:
    """
    Adds codenames of `app_label` to groups, by the group's name; what a group has besides stays. Django makes
    permissions when all migrations have run, so those of the app are made here.
    """
    config = apps.get_app_config(app_label)
    config.models_module = True  # type: ignore[assignment]  # or create_permissions passes the app over
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    groups: Any = apps.get_model("auth", "Group")._default_manager
    permissions: Any = apps.get_model("auth", "Permission")._default_manager
    known = {each.codename: each for each in permissions.filter(content_type__app_label=app_label)}
    for name, codenames in matrix.items():
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*(known[codename] for codename in codenames))
