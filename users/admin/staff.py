from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Case, When
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from atlas.admin.presentation import NOTHING, moment
from atlas.admin.readonly import DeskAdmin
from users.models import Staff
from users.roles import GRANTABLE

admin.site.unregister(Group)


class PermissionsField(ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, permission: Any) -> str:
        return GRANTABLE[permission.codename]


def permissions_field() -> PermissionsField:
    order = Case(*(When(codename=name, then=at) for at, name in enumerate(GRANTABLE)))
    offered = Permission.objects.filter(codename__in=GRANTABLE).order_by(order)
    return PermissionsField(offered, widget=UnfoldAdminCheckboxSelectMultipleWidget(), required=False)


@admin.register(Staff)
class StaffAdmin(DjangoUserAdmin, DeskAdmin):  # type: ignore[misc, type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "name", "is_active", "signed_in"]
    list_filter = ["is_active", "is_superuser"]
    # What somebody may do should follow from the groups, so that it can be seen at a glance.
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("What they may do", {"fields": ["is_active", "groups", "is_staff", "is_superuser"]}),
        ("Besides their groups", {"fields": ["user_permissions"], "classes": ["collapse"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "last_name", "email", "groups"]}),
        ("Password", {"fields": ["usable_password", "password1", "password2"]}),
    ]
    filter_horizontal = ()
    empty_icon = "badge"
    search_label = "Find staff"
    search_help_text = "User name, name or e-mail"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user_permissions":
            return permissions_field()
        return ModelMultipleChoiceField(
            Group.objects.order_by("name"), widget=UnfoldAdminCheckboxSelectMultipleWidget(), required=False
        )

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, **kwargs | {"change": change})
        if groups := form.base_fields.get("groups"):
            # Groups are made on their own page.
            groups.widget.can_add_related = groups.widget.can_change_related = False
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody becomes more than those who appoint them."""
        return () if request.user.is_superuser else ("is_superuser",)  # type: ignore[union-attr]

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:
        # Who is added here is to work here.
        obj.is_staff = obj.is_staff or not change
        super().save_model(request, obj, form, change)

    @admin.display(description="Name")
    def name(self, staff: Staff) -> SafeString | str:
        return staff.get_full_name() or NOTHING

    @admin.display(description="Last signed in")
    def signed_in(self, staff: Staff) -> SafeString | str:
        return moment(staff.last_login) if staff.last_login else "Never"


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, DeskAdmin):  # type: ignore[misc]
    filter_horizontal = ()
    search_label = "Find a group"
    search_help_text = "Name"

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return permissions_field()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Without the rows that only join a group with its permissions and its members."""
        names = [str(group) for group in objs]
        return names, {"groups": len(names)}, set(), []
