from aiohttp import web

from .keys import EXCHANGE, STARTED_AT
from .paging import page_response
from .resources import account_json, phone_number_json
from .sids import phone_number_sid


class _OwnNumber:
    def __init__(self, number: str) -> None:
        self.number = number
        self.sid = phone_number_sid(number)


async def fetch(request: web.Request) -> web.Response:
    return web.json_response(account_json(request.app[EXCHANGE], request.app[STARTED_AT]))


async def list_numbers(request: web.Request) -> web.Response:
    exchange, created_at = request.app[EXCHANGE], request.app[STARTED_AT]
    wanted = request.query.get("PhoneNumber", "")
    numbers = [_OwnNumber(number) for number in exchange.config.phone_numbers if wanted in number]
    return page_response(
        request,
        "incoming_phone_numbers",
        numbers,
        lambda found: phone_number_json(exchange, found.number, created_at),
    )
