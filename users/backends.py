from typing import Any
from uuid import uuid4

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.db.models.signals import m2m_changed, post_delete
from django.dispatch import receiver

from users.models import Staff

REMEMBERED = 30  # seconds


class StaffBackend(ModelBackend):
    """
    Django's, but for its look-up of permissions: as a join that reads, for each permission there is, all the
    groups and all their members. Here it is three look-ups by index, remembered for a short while.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if (
            not isinstance(user_obj, Staff)
            or not user_obj.is_active
            or user_obj.is_superuser
            or obj is not None
        ):
            return super().get_all_permissions(user_obj, obj)
        kept = vars(user_obj)
        if "_perm_cache" not in kept:  # Django's name for it
            kept["_perm_cache"] = _remembered_permissions(user_obj)
        return set(kept["_perm_cache"])


def _remembered_permissions(staff: Staff) -> set[str]:
    """
    A page that asks for permissions needs no command for them. The stamp comes from the database with the
    person, at each request, so what was remembered before a change is used by no process after it.
    """
    key = f"permissions:{staff.pk}:{staff.permissions_stamp}"
    known: set[str] | None = cache.get(key)
    if known is None:
        known = _permissions_of(staff)
        cache.set(key, known, REMEMBERED)
    return known


@receiver(m2m_changed, sender=Staff.groups.through)
@receiver(m2m_changed, sender=Staff.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
@receiver(post_delete, sender=Group)
@receiver(post_delete, sender=Permission)
def forget_permissions(**change: Any) -> None:
    """Of everybody: changes are rare and the staff are few, so nobody need work out whom one concerns."""
    if not change.get("action", "post_").startswith("post_"):
        return  # Who reads now reads what was before, and must not keep it under the new stamp.
    stamp = uuid4().hex
    Staff.objects.update(permissions_stamp=stamp)
    if isinstance(staff := change.get("instance"), Staff):
        staff.permissions_stamp = stamp


def _permissions_of(staff: Staff) -> set[str]:
    memberships = Staff.groups.through.objects.filter(staff_id=staff.pk)
    groups = list(memberships.values_list("group_id", flat=True))
    granted = Group.permissions.through.objects.filter(group_id__in=groups)
    own = Staff.user_permissions.through.objects.filter(staff_id=staff.pk)
    ids = {pk for links in (granted, own) for pk in links.values_list("permission_id", flat=True)}
    if not ids <= names.keys():
        names.update(_names())
    return {names[pk] for pk in ids}


# Of all permissions, by their keys: they change with a migration and so with a new process.
names: dict[Any, str] = {}


def _names() -> dict[Any, str]:
    permissions = Permission.objects.order_by().values_list("pk", "content_type__app_label", "codename")
    return {pk: f"{app_label}.{codename}" for pk, app_label, codename in permissions}
