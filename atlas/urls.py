from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from atlas.api.errors import handler400, handler403, handler404, handler500
from atlas.api.views import HealthView, IndexView, OpenApiView, RedocView, SwaggerView
from atlas.logins import limited

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", IndexView.as_view()),
    path("health", HealthView.as_view()),
    path("openapi.json", OpenApiView.as_view()),
    path("docs", SwaggerView.as_view()),
    path("redoc", RedocView.as_view()),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/login/", limited(admin.site.login)),
    path("admin/", admin.site.urls),
    path("", include("users.urls")),
    path("", include("calls.urls")),
    path("", include("feedback.urls")),
    path("", include("webhooks.urls")),
]
