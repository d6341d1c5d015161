"""The only writers of calls and recordings."""

from calls.services.daily import days_to_count, note_late_change, numbers_of
from calls.services.forgetting import forget_call, forget_call_at_twilio, purge_recording
from calls.services.hangup import CallAlreadyOver, hang_up
from calls.services.notes import add_note
from calls.services.placing import CallRequest, IdempotencyConflict, IdempotencyMismatch, place_call
from calls.services.progress import (
    UNSETTLED,
    StatusReport,
    mark_complete,
    mark_never_received,
    mark_synced,
    record_status,
    serve_voice,
)
from calls.services.recordings import RecordingReport, record_recording, record_transcription

__all__ = [
    "UNSETTLED",
    "CallAlreadyOver",
    "CallRequest",
    "IdempotencyConflict",
    "IdempotencyMismatch",
    "RecordingReport",
    "StatusReport",
    "add_note",
    "days_to_count",
    "forget_call",
    "forget_call_at_twilio",
    "hang_up",
    "mark_complete",
    "mark_never_received",
    "mark_synced",
    "note_late_change",
    "numbers_of",
    "place_call",
    "purge_recording",
    "record_recording",
    "record_status",
    "record_transcription",
    "serve_voice",
]
