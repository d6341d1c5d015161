from datetime import datetime

from aiohttp import web

from .exchange import Exchange
from .switchboard import Switchboard

EXCHANGE = web.AppKey("exchange", Exchange)
SWITCHBOARD = web.AppKey("switchboard", Switchboard)
STARTED_AT = web.AppKey("started_at", datetime)
