"""The support desk's pages of calls and recordings."""

from calls.admin.calls import CallAdmin
from calls.admin.recordings import RecordingAdmin

__all__ = ["CallAdmin", "RecordingAdmin"]
