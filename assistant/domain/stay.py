"""When something happened, seen from one hospital stay: before, during, after.

Owns the comparison of dates as records write them (``2015``, ``2015-03``, ``2015-03-10``, a date-time with or
without zone). Refuses to know where a date came from. Follows FHIR R4 ``dateTime``: precision may be partial.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum

from assistant.domain.record import Encounter, PatientRecord

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[T ](\d{2}:\d{2}.*))?$")


class Period(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"
    UNKNOWN = "unknown"


def compare(left: str, right: str) -> int | None:
    """-1, 0 or 1 at the coarser precision of the two; None where either is not an ISO date.

    Two date-times with zones are compared as instants; with only one zone, as the clocks show them.
    """
    first, second = _DATE.match(left.strip()), _DATE.match(right.strip())
    if not first or not second:
        return None
    a, b = _instant(left), _instant(right)
    if a is not None and b is not None:
        if (a.tzinfo is None) != (b.tzinfo is None):
            a, b = a.replace(tzinfo=None), b.replace(tzinfo=None)
        return (a > b) - (a < b)
    pairs = zip(first.groups()[:3], second.groups()[:3], strict=True)
    known = [(int(x), int(y)) for x, y in pairs if x is not None and y is not None]
    p, q = [x for x, _ in known], [y for _, y in known]
    return (p > q) - (p < q)


def period_of(moment: str | None, encounter: Encounter | None) -> Period:
    """Where ``moment`` lies seen from ``encounter``; UNKNOWN without a date or a stay to measure by.

    A date without a time on the day of admission or discharge counts as DURING.
    """
    if not moment or encounter is None:
        return Period.UNKNOWN
    if encounter.admitted:
        order = compare(moment, encounter.admitted)
        if order is None:
            return Period.UNKNOWN
        if order < 0:
            return Period.BEFORE
    if encounter.discharged:
        order = compare(moment, encounter.discharged)
        if order is None:
            return Period.UNKNOWN
        return Period.AFTER if order > 0 else Period.DURING
    return Period.DURING if encounter.admitted else Period.UNKNOWN


def as_of_discharge(record: PatientRecord) -> PatientRecord:
    """The record without what is dated after the chosen stay ended: what a summary of that stay may use.

    Follow-up arrangements stay, since they are made for the time after. Without a discharge date nothing goes.
    """
    stay = record.encounter
    if stay is None or not stay.discharged:
        return record

    def known(moment: str | None) -> bool:
        return period_of(moment, stay) is not Period.AFTER

    return replace(
        record,
        conditions=tuple(c for c in record.conditions if known(c.onset)),
        procedures=tuple(p for p in record.procedures if known(p.date)),
        medications=tuple(m for m in record.medications if known(m.date)),
        observations=tuple(o for o in record.observations if known(o.time)),
        statements=tuple(s for s in record.statements if known(s.date)),
        pending_results=tuple(p for p in record.pending_results if known(p.sent)),
    )


def sort_key(moment: str | None) -> str:
    """A key that orders ISO dates by instant; missing dates come first."""
    if not moment:
        return ""
    instant = _instant(moment)
    if instant is None:
        return moment
    if instant.tzinfo is not None:
        try:
            instant = instant.astimezone(UTC)
        except OverflowError:
            return moment
    return instant.replace(tzinfo=None).isoformat()


def _instant(moment: str) -> datetime | None:
    text = moment.strip()
    if "T" not in text and " " not in text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def iso_date(moment: str) -> date | None:
    """The calendar day, or None where the text names no full day."""
    try:
        return date.fromisoformat(moment.strip()[:10])
    except ValueError:
        return None
