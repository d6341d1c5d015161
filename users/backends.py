from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from users.models import Staff


class StaffBackend(ModelBackend):
    """
    Django's, but for its look-up of permissions: as a join that reads, for each permission there is, all the
    groups and all their members. Here it is four look-ups by index.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if (
            not isinstance(user_obj, Staff)
            or not user_obj.is_active
            or user_obj.is_superuser
            or obj is not None
        ):
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = _permissions_of(user_obj)  # type: ignore[attr-defined]  # as Django names it
        return set(user_obj._perm_cache)


def _permissions_of(staff: Staff) -> set[str]:
    memberships = Staff.groups.through.objects.filter(staff_id=staff.pk)
    groups = list(memberships.values_list("group_id", flat=True))
    granted = Group.permissions.through.objects.filter(group_id__in=groups)
    own = Staff.user_permissions.through.objects.filter(staff_id=staff.pk)
    ids = {pk for links in (granted, own) for pk in links.values_list("permission_id", flat=True)}
    found = Permission.objects.filter(pk__in=ids).order_by()
    return {f"{_app_label(each)}.{each.codename}" for each in found}


def _app_label(permission: Permission) -> str:
    return ContentType.objects.get_for_id(permission.content_type_id).app_label
