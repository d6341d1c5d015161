from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from atlas.mongodb.queryset import count_up_to

PAGE_NUMBER = re.compile(r"[0-9]{1,9}")


class FrugalPaginator(Paginator[Any] if TYPE_CHECKING else Paginator):  # type: ignore[misc]
    """
    Counts only what it must: not at all where the page at hand is the last one, and never past COUNTED rows.
    Nobody pages further than PAGED rows, as the server would have to walk over all those before.
    """

    COUNTED = PAGED = 10_000

    def __init__(self, rows: QuerySet[Any], per_page: int, *, page_number: str) -> None:
        super().__init__(rows, per_page)
        self.page_number = int(page_number) if PAGE_NUMBER.fullmatch(page_number) else 1

    @cached_property
    def rows(self) -> Sequence[Any]:
        """Those of the page at hand, and one more if there is one."""
        if not 0 <= self.start < self.PAGED:
            return []
        return list(self.object_list[self.start : self.start + self.per_page + 1])

    @property
    def start(self) -> int:
        return (self.page_number - 1) * int(self.per_page)

    @cached_property
    def count(self) -> int:
        known = self.start + len(self.rows)
        if len(self.rows) <= self.per_page and (self.rows or self.page_number == 1):
            return known
        if getattr(self.object_list, "is_looked_up", False):
            return known
        return max(known, count_up_to(self.COUNTED + 1, self.object_list))

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, self.PAGED) // int(self.per_page)))

    @property
    def is_exact(self) -> bool:
        has_more = len(self.rows) > self.per_page and getattr(self.object_list, "is_looked_up", False)
        return not has_more and self.count != self.COUNTED + 1

    @property
    def shown_count(self) -> int:
        return self.count if self.is_exact else self.count - 1

    def page(self, number: int | str) -> Page[Any]:
        return Page(self.rows[: self.per_page], self.validate_number(number), self)
