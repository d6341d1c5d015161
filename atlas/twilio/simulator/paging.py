from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from .rest_errors import RestError

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
PAGING_PARAMETERS = frozenset({"Page", "PageSize", "PageToken"})


class HasSid(Protocol):
    sid: str


Item = TypeVar("Item", bound=HasSid)


def page_response(
    request: web.Request, name: str, items: Iterable[Item], as_json: Callable[[Item], dict[str, Any]]
) -> web.Response:
    """A page of Twilio's lists. `PageToken` names the last item seen: new calls do not shift the pages."""
    matching = list(items)
    size = min(_whole(request, "PageSize", DEFAULT_PAGE_SIZE) or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    page = _whole(request, "Page", 0)
    start = _start(request, matching, page * size)
    shown = matching[start : start + size]
    has_more = start + size < len(matching)
    body = {
        "first_page_uri": _uri(request, size, 0),
        "next_page_uri": _uri(request, size, page + 1, "PA" + shown[-1].sid) if has_more else None,
        "previous_page_uri": _uri(request, size, page - 1) if page > 0 else None,
        "uri": request.path_qs,
        "page": page,
        "page_size": size,
        "start": page * size if shown else 0,
        "end": page * size + len(shown) - 1 if shown else 0,
        name: [as_json(item) for item in shown],
    }
    return web.json_response(body)


def fits_dates(request: web.Request, name: str, moment: datetime | None) -> bool:
    """Twilio: `StartTime>` is on or after, `StartTime<` on or before; a date alone is midnight UTC of it."""
    query = request.query
    limits = {sign: query[name + sign] for sign in ("", "<", ">") if name + sign in query}
    if not limits:
        return True
    bounds = {sign: _moment(text) for sign, text in limits.items()}
    if moment is None:
        return False
    on_the_day = "" not in bounds or bounds[""] <= moment < bounds[""] + timedelta(days=1)
    return on_the_day and bounds.get("<", moment) >= moment and bounds.get(">", moment) <= moment


def _start(request: web.Request, items: Sequence[HasSid], by_number: int) -> int:
    token = request.query.get("PageToken", "")
    after = (index + 1 for index, item in enumerate(items) if "PA" + item.sid == token)
    return next(after, by_number) if token else by_number


def _uri(request: web.Request, size: int, page: int, token: str = "") -> str:
    pairs = [pair for pair in request.query.items() if pair[0] not in PAGING_PARAMETERS]
    pairs += [("PageSize", str(size)), ("Page", str(page))]
    if token:
        pairs.append(("PageToken", token))
    return f"{request.path}?{urlencode(pairs)}"


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise RestError(20001, f"{name} must be a whole number")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), timezone.utc)
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise RestError(20001, f"'{text}' is no date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
