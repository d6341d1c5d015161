from typing import Any

from django.contrib.admin.views.main import PAGE_VAR
from django.template import Library

from atlas.admin.presentation import shown_text

register = Library()


@register.simple_tag
def count_in_words(changelist: Any) -> str:
    """Such as "51-100 of more than 10,000 calls"."""
    shown = len(changelist.result_list)
    names = changelist.opts.verbose_name_plural
    paginator = changelist.paginator
    exact = getattr(paginator, "is_exact", True)
    total = getattr(paginator, "shown_count", paginator.count)
    if exact and total == 1:
        return f"1 {changelist.opts.verbose_name}"
    if exact and shown == total:
        return f"{total:,} {names}"
    first = (changelist.page_num - 1) * changelist.list_per_page + 1
    return f"{first:,}–{first + shown - 1:,} of {'' if exact else 'more than '}{total:,} {names}"  # noqa: RUF001


@register.simple_tag
def page_link(changelist: Any, step: int) -> str:
    return str(changelist.get_query_string({PAGE_VAR: changelist.page_num + step}))


@register.filter
def clock(seconds: int | None) -> str:
    """3725 as 1:02:05, 65 as 1:05."""
    if seconds is None:
        return "–"  # noqa: RUF001
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def shown_to(text: str | None, viewer: Any) -> str:
    """What people wrote or said, with the numbers in it masked for those who may not see numbers."""
    return shown_text(text or "", viewer=viewer)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key)
