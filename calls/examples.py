"""What the documentation shows; tests validate each against its schema."""

from drf_spectacular.utils import OpenApiExample

CALL_SID = "CA0123456789abcdef0123456789abcdef"
RECORDING_SID = "RE0123456789abcdef0123456789abcdef"

PLACE_CALL = OpenApiExample(
    "A recorded call",
    value={"to": "+14155550123", "user_external_id": "user-1", "script": "Hello.", "recording_enabled": True},
    request_only=True,
)
PLACED_CALL = OpenApiExample(
    "Placed",
    value={
        "call_id": "3f8a2a57-9a5c-4b70-8f52-5a6b1de6b1f0",
        "user_external_id": "user-1",
        "to_number": "+14155550123",
        "from_number": "+15005550006",
        "status": "initiated",
        "twilio_sid": CALL_SID,
        "recording_enabled": True,
        "created_at": "2026-11-22T09:30:00.000Z",
    },
    response_only=True,
    status_codes=["201"],
)
RECORDING = {
    "id": "6b0313820000000000000001",
    "twilio_sid": RECORDING_SID,
    "call_sid": CALL_SID,
    "status": "completed",
    "recording_status": "completed",
    "recording_url": f"https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/{RECORDING_SID}",
    "audio_url": f"/recordings/{RECORDING_SID}/audio",
    "duration": 21,
    "channels": 1,
    "source": "RecordVerb",
    "transcription": {
        "sid": "TR0123456789abcdef0123456789abcdef",
        "text": "Thank you, that solved it.",
        "status": "completed",
    },
    "created_at": "2026-11-22T09:30:50.000Z",
    "updated_at": "2026-11-22T09:31:10.000Z",
}
CALL = {
    "id": "6b0313820000000000000002",
    "call_id": "3f8a2a57-9a5c-4b70-8f52-5a6b1de6b1f0",
    "twilio_sid": CALL_SID,
    "user_external_id": "user-1",
    "to_number": "+14155550123",
    "from_number": "+15005550006",
    "direction": "outbound-api",
    "status": "completed",
    "duration": 49,
    "script": "Hello.",
    "recording_enabled": True,
    "recording_url": RECORDING["recording_url"],
    "consent": {"text": "This call may be recorded.", "served_at": "2026-11-22T09:30:06.000Z"},
    "feedback": None,
    "submission": "accepted",
    "error_code": None,
    "error_message": None,
    "sip_response_code": None,
    "answered_at": "2026-11-22T09:30:05.000Z",
    "ended_at": "2026-11-22T09:30:54.000Z",
    "created_at": "2026-11-22T09:30:00.000Z",
    "updated_at": "2026-11-22T09:31:10.000Z",
}
STATUS_HISTORY = [
    {
        "status": status,
        "at": f"2026-11-22T09:30:{second:02}.000Z",
        "received_at": f"2026-11-22T09:30:{second:02}.120Z",
        "sequence": sequence,
        "source": "webhook",
    }
    for sequence, (status, second) in enumerate(
        [("initiated", 0), ("ringing", 1), ("in-progress", 5), ("completed", 54)]
    )
]
CALLS = OpenApiExample("A call in a list", value=CALL, response_only=True)
CALL_DETAIL = OpenApiExample(
    "A completed call",
    value=CALL | {"status_history": STATUS_HISTORY, "recordings": [RECORDING]},
    response_only=True,
    status_codes=["200"],
)
RECORDINGS = OpenApiExample("A recording", value=RECORDING, response_only=True)
