"""The JSON of Twilio's resources: every key, dates as RFC 2822, durations and prices as text."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from .config import API_VERSION
from .exchange import Exchange
from .models import Call, Recording, Transcription
from .sids import phone_number_sid

PRICE_OF_A_MINUTE = 0.014
PRICE_OF_A_RECORDED_MINUTE = 0.0025
CALL_SUBRESOURCES = (
    "notifications",
    "recordings",
    "payments",
    "events",
    "siprec",
    "streams",
    "transcriptions",
    "user_defined_message_subscriptions",
    "user_defined_messages",
)
ACCOUNT_SUBRESOURCES = {
    "calls": "Calls",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "recordings": "Recordings",
    "transcriptions": "Transcriptions",
}


def call_json(exchange: Exchange, call: Call) -> dict[str, Any]:
    path = f"{exchange.account_path()}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "date_created": _date(call.created_at),
        "date_updated": _date(call.updated_at),
        "parent_call_sid": None,
        "account_sid": call.account_sid,
        "to": call.to,
        "to_formatted": _formatted(call.to),
        "from": call.from_number,
        "from_formatted": _formatted(call.from_number),
        "phone_number_sid": phone_number_sid(call.from_number),
        "status": call.status,
        "start_time": _date(call.dialed_at),
        "end_time": _date(call.ended_at),
        "duration": None if call.dialed_at is None else str(call.duration),
        "price": _price(call.duration, PRICE_OF_A_MINUTE) if call.status == "completed" else None,
        "price_unit": "USD",
        "direction": "outbound-api",
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": str(call.queue_milliseconds),
        "trunk_sid": None,
        "uri": f"{path}.json",
        "subresource_uris": {name: f"{path}/{_camel(name)}.json" for name in CALL_SUBRESOURCES},
    }


def recording_json(exchange: Exchange, recording: Recording) -> dict[str, Any]:
    path = f"{exchange.account_path()}/Recordings/{recording.sid}"
    is_done = recording.status in ("completed", "deleted")
    return _recording_keys(recording) | {
        "price": _price(recording.duration or 0, PRICE_OF_A_RECORDED_MINUTE) if is_done else None,
        "uri": f"{path}.json",
        "subresource_uris": {
            "add_on_results": f"{path}/AddOnResults.json",
            "transcriptions": f"{path}/Transcriptions.json",
        },
        "media_url": exchange.recording_url(recording),
    }


def call_recording_json(exchange: Exchange, recording: Recording) -> dict[str, Any]:
    path = f"{exchange.account_path()}/Calls/{recording.call.sid}/Recordings/{recording.sid}"
    return _recording_keys(recording) | {"price": None, "track": "both", "uri": f"{path}.json"}


def transcription_json(exchange: Exchange, transcription: Transcription) -> dict[str, Any]:
    return {
        "account_sid": exchange.config.account_sid,
        "api_version": API_VERSION,
        "date_created": _date(transcription.created_at),
        "date_updated": _date(transcription.updated_at),
        "duration": str(transcription.recording.duration),
        "price": None,
        "price_unit": "USD",
        "recording_sid": transcription.recording.sid,
        "sid": transcription.sid,
        "status": transcription.status,
        "transcription_text": transcription.text,
        "type": "fast",
        "uri": f"{exchange.account_path()}/Transcriptions/{transcription.sid}.json",
    }


def account_json(exchange: Exchange, created_at: datetime) -> dict[str, Any]:
    """Unlike Twilio's, without the auth token: who reads it knows it already."""
    path = exchange.account_path()
    return {
        "auth_token": None,
        "date_created": _date(created_at),
        "date_updated": _date(created_at),
        "friendly_name": "Twilio simulator",
        "owner_account_sid": exchange.config.account_sid,
        "sid": exchange.config.account_sid,
        "status": "active",
        "subresource_uris": {name: f"{path}/{part}.json" for name, part in ACCOUNT_SUBRESOURCES.items()},
        "type": "Full",
        "uri": f"{path}.json",
    }


def phone_number_json(exchange: Exchange, number: str, created_at: datetime) -> dict[str, Any]:
    sid = phone_number_sid(number)
    return {
        "account_sid": exchange.config.account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"voice": True, "sms": False, "mms": False, "fax": False},
        "date_created": _date(created_at),
        "date_updated": _date(created_at),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": _formatted(number),
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number,
        "sid": sid,
        "sms_application_sid": None,
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_url": "",
        "status": "in-use",
        "status_callback": "",
        "status_callback_method": "POST",
        "trunk_sid": None,
        "type": "local",
        "uri": f"{exchange.account_path()}/IncomingPhoneNumbers/{sid}.json",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": "",
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": "",
    }


def _recording_keys(recording: Recording) -> dict[str, Any]:
    return {
        "account_sid": recording.call.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call.sid,
        "conference_sid": None,
        "channels": recording.channels,
        "date_created": _date(recording.started_at),
        "date_updated": _date(recording.updated_at),
        "start_time": _date(recording.started_at),
        "price_unit": "USD",
        "duration": None if recording.duration is None else str(recording.duration),
        "sid": recording.sid,
        "source": recording.source,
        "status": recording.status,
        "error_code": recording.error_code,
        "encryption_details": None,
    }


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment)


def _formatted(number: str) -> str:
    if number.startswith("+1"):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def _price(seconds: int, price_of_a_minute: float) -> str:
    return f"{-price_of_a_minute * -(-seconds // 60):.5f}"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
