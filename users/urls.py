from django.urls import path
from rest_framework.routers import SimpleRouter

from users.token_views import RefreshView, TokenView
from users.views import UserViewSet

router = SimpleRouter(trailing_slash=False)
router.register("users", UserViewSet, basename="user")

urlpatterns = [
    path("auth/token", TokenView.as_view()),
    path("auth/token/refresh", RefreshView.as_view()),
    *router.urls,
]
