from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from atlas.admin.presentation import badge, moment
from atlas.admin.readonly import ReadOnlyAdmin, require
from users.forms import ApiKeyForm
from users.models import ApiKey, AuditEntry
from users.services import create_api_key, record_audit, revoke_api_key


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
