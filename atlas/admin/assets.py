from django.http import HttpRequest
from django.templatetags.static import static


def style(_: HttpRequest) -> str:
    return static("desk/desk.css")


def charts(_: HttpRequest) -> str:
    return static("desk/charts.js")


def icon(_: HttpRequest) -> str:
    return static("desk/icon.svg")
