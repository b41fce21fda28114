"""Answers as files: Markdown, DOCX, PDF, FHIR document bundle, iCalendar. Each carries the draft label or the signature.

``export_bytes`` is the one door; heavy libraries are imported for the kind asked for.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assistant.errors import BadInput

if TYPE_CHECKING:
    from assistant.domain.answer import Answer
    from assistant.domain.record import PatientRecord
    from assistant.export.fhir_document import Signature

KINDS = ("md", "docx", "pdf", "json", "ics")
HANDOUT_KINDS = (*KINDS, "html")
"""A handout has a print view too."""


def export_bytes(
    answer: Answer,
    record: PatientRecord | None,
    kind: str,
    *,
    signature: Signature | None = None,
    now: datetime | None = None,
) -> bytes:
    """The answer as a file of ``kind`` (md, docx, pdf, json, ics).

    Raises:
        BadInput: an unknown kind, a FHIR document without a record, or a calendar without a date.
    """
    now = now or datetime.now(UTC)
    if answer.task == "handout" and kind in ("docx", "pdf", "html"):
        return _handout(answer, record, kind, signature, now)
    if kind == "md":
        from assistant.export.markdown import signed_line, to_markdown

        return (
            to_markdown(answer, signed=signed_line(answer, signature)) if signature else to_markdown(answer)
        ).encode(errors="backslashreplace")
    if kind == "docx":
        from assistant.export.docx import to_docx

        return to_docx(answer, record, signature=signature, now=now)
    if kind == "pdf":
        from assistant.export.pdf import to_pdf

        return to_pdf(answer, record, signature=signature, now=now)
    if kind == "json":
        if record is None:
            raise BadInput("A FHIR document needs the patient's record.")
        from assistant.export.fhir_document import fhir_document

        bundle = fhir_document(answer, record, signature=signature, now=now)
        return json.dumps(bundle, ensure_ascii=False, indent=2).encode(errors="backslashreplace")
    if kind == "ics":
        from assistant.export.calendar import to_calendar

        return to_calendar(answer, signed=signature is not None, now=now)
    raise BadInput(
        f"A file ending in “.{kind}” cannot be written. Endings: {', '.join('.' + k for k in KINDS)}."
    )


def _handout(
    answer: Answer, record: PatientRecord | None, kind: str, signature: Signature | None, now: datetime
) -> bytes:
    """What a patient takes home has its own paper: large print, boxes, a table with pictures."""
    if kind == "docx":
        from assistant.export.handout_docx import handout_docx

        return handout_docx(answer, record, signature=signature, now=now)
    if kind == "pdf":
        from assistant.export.handout_pdf import handout_pdf

        return handout_pdf(answer, record, signature=signature, now=now)
    from assistant.export.handout_print import handout_html

    return handout_html(answer, record, signature=signature, now=now)
