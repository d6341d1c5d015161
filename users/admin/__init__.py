"""The desk's pages of people, keys, staff, groups, and who did what."""

from users.admin.audit import AuditEntryAdmin
from users.admin.keys import ApiKeyAdmin
from users.admin.people import UserAdmin
from users.admin.staff import GroupAdmin, StaffAdmin

__all__ = ["ApiKeyAdmin", "AuditEntryAdmin", "GroupAdmin", "StaffAdmin", "UserAdmin"]
