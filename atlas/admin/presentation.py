"""How the desk's pages show numbers, moments and states."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from atlas.logging import MaskPersonalData
from atlas.phone_numbers import mask

MASK = MaskPersonalData()
SEES_NUMBERS = "calls.view_full_number"
NOTHING = mark_safe('<span class="desk-none">–</span>')  # noqa: RUF001 - a constant of ours


def shown_number(number: str | None, *, viewer: Any) -> str:
    """In full for those alone who may see it so."""
    if not number:
        return ""
    return number if viewer.has_perm(SEES_NUMBERS) else mask(number)


def shown_text(text: str, *, viewer: Any) -> str:
    """The same for numbers within a text."""
    return text if viewer.has_perm(SEES_NUMBERS) else MASK.masked(text)


def without_numbers(text: str) -> str:
    """For lists, which show the beginnings of texts and know nothing of who looks."""
    return MASK.masked(text)


def badge(tone: str, words: str, *, title: str = "") -> SafeString:
    return format_html('<span class="desk-badge {}" title="{}">{}</span>', tone, title, words)


def moment(at: datetime | None) -> SafeString | str:
    """`Today, 14:05` or `21 Nov, 14:05`, with the full time on pointing at it."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    days = (timezone.localdate() - local.date()).days
    day = {0: "Today", 1: "Yesterday"}.get(days)
    if day is None:
        day = f"{local.day} {local:%b}" + (f" {local:%Y}" if local.year != timezone.localdate().year else "")
    return format_html(
        '<time datetime="{}" title="{}">{}, {}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%A}, {local.day} {local:%B %Y, %H:%M:%S %Z}",
        day,
        f"{local:%H:%M}",
    )
