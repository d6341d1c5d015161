from django.utils import timezone

from atlas.errors import InvalidInput
from atlas.mongodb.expressions import Append
from calls.models import Call, StaffNote

LONGEST_NOTE = 2000


def add_note(*, call: Call, author: str, text: str) -> StaffNote:
    """Notes are only ever added. Raises InvalidInput for one that is empty or too long."""
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        reason = f"Write between 1 and {LONGEST_NOTE} characters."
        raise InvalidInput(reason, fields={"text": [reason]})
    note = StaffNote(author=author, text=text, written_at=timezone.now())
    Call.objects.filter(pk=call.pk).update(staff_notes=Append("staff_notes", note))
    return note
