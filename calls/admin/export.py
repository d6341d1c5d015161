"""The filtered list as a file, streamed row by row."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from django.contrib.admin import ModelAdmin
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from atlas.admin.presentation import shown_number, shown_text
from atlas.admin.readonly import require
from atlas.logging import MaskPersonalData
from calls.admin.presentation import SCORES
from calls.models import Call
from users.models import AuditEntry
from users.services import record_audit

CHUNK = 500
# What a spreadsheet would take for a formula, https://owasp.org/www-community/attacks/CSV_Injection. An E.164
# number alone is none: it stays as it is, so that it can be dialled and imported again. Some take the wide
# forms for the same, and skip whatever cannot be seen before them.
FORMULA = re.compile(r"[\s\x00-\x20\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
E164 = re.compile(r"\+[0-9]{7,15}")
COLUMNS = [
    "call_id",
    "twilio_sid",
    "user_external_id",
    "to_number",
    "from_number",
    "status",
    "duration",
    "created_at",
    "answered_at",
    "ended_at",
    "error_code",
    "error_message",
    "recording_status",
    *SCORES,
    "notes",
]


class Echo:
    """Where csv.writer writes: what it writes is what it returns."""

    def write(self, text: str) -> str:
        return text


def export(admin: ModelAdmin[Call], request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    require(request, "calls.view_call", "calls.export_call")
    if form not in FORMS:
        raise Http404("There is csv and json")
    calls = admin.get_changelist_instance(request).queryset
    file_name = f"calls-{timezone.localtime():%Y%m%d-%H%M%S}.{form}"
    record_audit(
        staff=request.user,  # type: ignore[arg-type]
        action=AuditEntry.Action.EXPORTED,
        subject=file_name,
        detail=MaskPersonalData().masked(unquote(request.META.get("QUERY_STRING", ""))) or "all calls",
    )
    content_type, lines = FORMS[form]
    rows = (row_of(call, viewer=request.user) for call in calls.iterator(chunk_size=CHUNK))
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(lines(rows), content_type=content_type, headers=headers)


def row_of(call: Call, *, viewer: Any) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(call, name, None) for name in COLUMNS}
    row |= {name: shown_number(row[name], viewer=viewer) for name in ("to_number", "from_number")}
    row["error_message"] = shown_text(row["error_message"] or "", viewer=viewer)
    row |= {name: row[name] and row[name].isoformat() for name in ("created_at", "answered_at", "ended_at")}
    row |= {name: getattr(call.feedback, name, None) for name in (*SCORES, "notes")}
    row["notes"] = row["notes"] and shown_text(row["notes"], viewer=viewer)
    return row


def csv_lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    # Excel reads UTF-8 only behind a byte order mark.
    yield "\ufeff" + str(writer.writerow(COLUMNS))
    for row in rows:
        yield str(writer.writerow([safe(value) for value in row.values()]))


def json_lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(row)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def safe(value: Any) -> Any:
    """The value as a spreadsheet shows it and does not run it."""
    if not isinstance(value, str) or E164.fullmatch(value) or not FORMULA.match(value):
        return value
    return f"'{value}"


FORMS = {"csv": ("text/csv; charset=utf-8", csv_lines), "json": ("application/json", json_lines)}
