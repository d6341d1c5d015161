from typing import Any

from bson import ObjectId
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from atlas.admin.filters import PeriodFilter
from atlas.admin.presentation import moment, shown_number
from atlas.admin.readonly import ReadOnlyAdmin, require
from users.models import User
from users.selectors import users_matching

MOST_NAMES = 100


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
