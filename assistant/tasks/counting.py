"""From which day a guideline's weeks count for this patient: the operation that it is about, else the discharge.

Owns the choice of the day. Refuses to guess one: where the record does not date the operation, nothing is counted.
"""

from __future__ import annotations

import re
from datetime import date

from assistant.domain.record import PatientRecord, ProcedureStatus
from assistant.domain.stay import iso_date
from assistant.tasks.gathering import Unit
from assistant.tasks.goals import due_date
from knowledge.for_whom import for_whom

_OF_DISCHARGE = re.compile(r"\b(?:of|after|from|following) (?:the )?discharge\b|出院后", re.IGNORECASE)
_RECENT_DAYS = 120
"""An operation longer before the discharge is not the one that the programme follows."""


def due_for(record: PatientRecord, unit: Unit, discharge: date | None) -> date | None:
    """The day on which the sentence's span is over; None where it lies before the discharge."""
    due = due_date(unit.text, counts_from(record, unit, discharge))
    return None if due and discharge and due < discharge else due


def counts_from(record: PatientRecord, unit: Unit, discharge: date | None) -> date | None:
    """The day that the sentence's span counts from; None where it is an operation that the record does not date."""
    operation = for_whom(unit.passage.doc_id).counts_from
    if operation is None or _OF_DISCHARGE.search(unit.text):
        return discharge
    days = [
        on
        for p in record.procedures
        if p.status is ProcedureStatus.DONE and operation.search(p.name) and (on := iso_date(p.date or ""))
    ]
    near = [on for on in days if discharge is None or 0 <= (discharge - on).days <= _RECENT_DAYS]
    return max(near, default=None)
