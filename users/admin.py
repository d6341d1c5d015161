from typing import Any

from bson import ObjectId
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Case, Q, QuerySet, When
from django.forms import ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from atlas.admin.filters import PeriodFilter, WordsFilter
from atlas.admin.presentation import NOTHING, badge, moment, shown_number
from atlas.admin.readonly import DeskAdmin, ReadOnlyAdmin, require
from users.forms import ApiKeyForm
from users.models import ApiKey, AuditEntry, Staff, User
from users.roles import GRANTABLE
from users.selectors import users_matching
from users.services import create_api_key, record_audit, revoke_api_key

MOST_NAMES = 100

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["name", "email", "added"]
    list_filter = [PeriodFilter]
    search_fields = ["name"]
    search_label = "Find a person"
    search_help_text = "Name, e-mail or number"
    empty_icon = "contacts"
    empty_text = "Add people with POST /users."

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        @admin.display(description="Number")
        def number(user: User) -> SafeString:
            shown = shown_number(user.phone_number, viewer=request.user)
            return format_html('<span class="desk-number">{}</span>', shown)

        return ["name", "email", number, "added"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        return users_matching(search_term.strip(), among=queryset), False

    def get_urls(self) -> list[URLPattern]:
        names = path("names/", self.admin_site.admin_view(self.names), name="users_user_names")
        return [names, *super().get_urls()]

    def names(self, request: HttpRequest) -> HttpResponse:
        """{id: name} of the users asked for; lists show names that are not their own with it."""
        require(request, "users.view_user")
        keys = [key for key in request.GET.getlist("id")[:MOST_NAMES] if ObjectId.is_valid(key)]
        users = User.objects.filter(pk__in=keys).order_by().values_list("pk", "name")
        return JsonResponse({str(pk): name for pk, name in users})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        require(request, "users.view_user")
        user = self.get_object(request, object_id)
        if user is None:
            raise Http404("No such person")
        context = {
            **self.admin_site.each_context(request),
            "title": user.name,
            "opts": self.opts,
            "object": user,
            "number": shown_number(user.phone_number, viewer=request.user),
            "may_see_calls": request.user.has_perm("calls.view_call"),  # type: ignore[union-attr]
        }
        return TemplateResponse(request, "users/person.html", context)

    @admin.display(description="Added")
    def added(self, user: User) -> SafeString | str:
        return moment(user.created_at)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["name", "prefix", "state", "opens", "made", "expires"]
    fields = ["name", "prefix", "state", "opens", "limits", "made", "expires", "revoked"]
    readonly_fields = ["state", "opens", "limits", "made", "expires", "revoked"]
    empty_icon = "key"
    empty_text = "Make one for each machine that calls the API; it is shown once."
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.add_apikey")  # type: ignore[union-attr]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Not followed by a redirect: the key is in this answer and is kept nowhere."""
        require(request, "users.add_apikey")
        form = ApiKeyForm(request.POST or None)
        context = {**self.admin_site.each_context(request), "title": "New API key", "opts": self.opts}
        if not form.is_valid():
            return TemplateResponse(request, "users/add_key.html", {**context, "form": form})
        key, plain_text = create_api_key(**form.cleaned_data)
        record_audit(
            staff=request.user,  # type: ignore[arg-type]
            action=AuditEntry.Action.MADE_KEY,
            subject=key.prefix,
            detail=key.name,
        )
        return TemplateResponse(request, "users/new_key.html", {**context, "key": key, "secret": plain_text})

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.change_apikey")  # type: ignore[union-attr]

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> HttpResponse | None:
        chosen = list(keys)
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Revoke",
                "opts": self.opts,
                "keys": chosen,
                "back": request.get_full_path(),
            }
            return TemplateResponse(request, "users/confirm_revoke.html", context)
        for key in chosen:
            revoke_api_key(api_key=key)
            record_audit(
                staff=request.user,  # type: ignore[arg-type]
                action=AuditEntry.Action.REVOKED_KEY,
                subject=key.prefix,
                detail=key.name,
            )
            messages.success(request, f"{key} opens nothing any more.")
        return None

    @admin.display(description="State")
    def state(self, key: ApiKey) -> SafeString:
        if key.is_valid:
            return badge("good", "Valid")
        return badge("bad", "Revoked") if key.revoked_at else badge("dull", "Expired")

    @admin.display(description="Scopes")
    def opens(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="Made")
    def made(self, key: ApiKey) -> SafeString | str:
        return moment(key.created_at)

    @admin.display(description="Expires")
    def expires(self, key: ApiKey) -> SafeString | str:
        return moment(key.expires_at) if key.expires_at else "Never"

    @admin.display(description="Revoked")
    def revoked(self, key: ApiKey) -> SafeString | str:
        return moment(key.revoked_at) if key.revoked_at else "No"

    @admin.display(description="Calls")
    def limits(self, key: ApiKey) -> str:
        def words(limit: int | None, of: str) -> str:
            return f"as the settings say a {of}" if limit is None else f"at most {limit:,} a {of}"

        return f"{words(key.calls_per_minute, 'minute')}, {words(key.calls_per_day, 'day')}".capitalize()


class ActionFilter(WordsFilter):
    title = "action"
    parameter_name = "action_done"
    choices_of = {each.value: (each.label, Q(action=each)) for each in AuditEntry.Action}


class AuditPeriodFilter(PeriodFilter):
    field = "at"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["when", "username", "did", "what", "call", "more"]
    list_display_links = None
    list_filter = [ActionFilter, AuditPeriodFilter]
    search_fields = ["username"]
    search_label = "Find entries"
    search_help_text = "User name or call SID"
    nothing_found = "Type a whole user name or call SID."
    empty_icon = "history"
    empty_text = "Who listened, exported, called or hung up is kept here."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        by = "call_sid" if text.startswith("CA") and len(text) == 34 else "username"
        return queryset.filter(**{by: text}), False

    @admin.display(description="When")
    def when(self, entry: AuditEntry) -> SafeString | str:
        return moment(entry.at)

    @admin.display(description="Did")
    def did(self, entry: AuditEntry) -> str:
        return AuditEntry.Action(entry.action).label

    @admin.display(description="What")
    def what(self, entry: AuditEntry) -> SafeString | str:
        """Where it is the call itself, the next column leads to it."""
        if entry.subject == entry.call_sid:
            return NOTHING
        return format_html('<span class="desk-sid">{}</span>', entry.subject)

    @admin.display(description="Detail")
    def more(self, entry: AuditEntry) -> SafeString | str:
        return entry.detail or NOTHING

    @admin.display(description="Call")
    def call(self, entry: AuditEntry) -> SafeString | str:
        if not entry.call_sid:
            return NOTHING
        address = reverse("admin:calls_call_change", args=[entry.call_sid])
        return format_html('<a class="desk-link desk-sid" href="{}">{}</a>', address, entry.call_sid)


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
