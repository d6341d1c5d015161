from django.http import HttpResponse


class TwiMLResponse(HttpResponse):
    """TwiML must be text/xml: Twilio reads text/plain aloud and refuses other types (error 12300)."""

    def __init__(self, twiml: str = '<?xml version="1.0" encoding="UTF-8"?><Response/>') -> None:
        super().__init__(twiml, content_type="text/xml; charset=utf-8")
