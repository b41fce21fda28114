"""What the orders of the stay say where the discharge list is short: the dose it leaves out, the unit of a bare number, the limits
beside the last order, and a home medicine given to the last day that the list forgets.

Owns which order of the stay speaks. Refuses to compare home and discharge (``reconcile``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from assistant.domain.record import MedicationAction, MedicationStatement
from assistant.domain.stay import iso_date
from assistant.records.dosing import is_bare_number, same_dose

_NOT_TO_GO_ON = re.compile(
    r"(?i)(?<![a-z])(?:iv|i\.v\.?|im|ivi|infusion|stat|bolus|loading|pca|neb\w*)(?![a-z])|静|肌注|雾化|即刻"
)
_BEGUN_OR_CHANGED = {"new", "changed"}
_POINTS_TO_THE_CHART = re.compile(r"(?i)\b(?:as (?:charted|above|prescribed|per)|see|per)\b")
LIMIT = re.compile(
    r"(?i)\b(?:hold|omit|withhold|skip)\s(?:\w+\s){0,3}?(?:if\s|for\s|when\s)?(?:SBP|BP|HR|P|pulse|BG|glucose|K|Na|RR|Cr|eGFR|INR|plt|eating)\b[^\])|;\n]{2,60}"
)
"""``[hold if BP <110/60]``, ``hold SBP<100 or HR<55``."""


def with_unit(final: MedicationStatement, others: Sequence[MedicationStatement]) -> MedicationStatement:
    """``Bisoprolol 3.75`` beside ``bisoprolol 3.75 mg`` of the drug chart: the same number, with its unit."""
    if not final.dose or not is_bare_number(final.dose):
        return final
    for other in reversed(others):
        if other.dose and same_dose(final.dose, other.dose) and not is_bare_number(other.dose):
            whole = re.match(rf"\s*{re.escape(final.dose.strip())}\s?[A-Za-zµμ]+", other.dose)
            if whole:
                return replace(final, dose=whole.group().strip())
    return final


def as_charted(
    final: MedicationStatement, home: MedicationStatement | None, stay: Sequence[MedicationStatement]
) -> MedicationStatement | None:
    """The order of the stay whose dose a discharge line without one means; None where it needs none or there is none.

    A line said to be changed means the last change; another the last regular order. What went into a vein means nothing.
    """
    changed = final.change == "changed"
    if final.action is not MedicationAction.TAKE or final.dose or final.previous_dose:
        return None
    if home is not None and home.dose and not changed:
        return None
    orders = [
        s
        for s in stay
        if s.action is MedicationAction.TAKE and s.dose and not _NOT_TO_GO_ON.search(s.place.quote)
    ]
    told = [s for s in orders if s.change in _BEGUN_OR_CHANGED or s.previous_dose]
    return next(iter(reversed((told if changed else []) or orders)), None)


def is_pointed_at(final: MedicationStatement) -> bool:
    """``quetiapine PRN as charted``, ``warfarin (see pharm)``: the list itself sends to the order."""
    return bool(_POINTS_TO_THE_CHART.search(final.place.quote))


def given_to_the_end(
    home: MedicationStatement, stay: Sequence[MedicationStatement], left: str | None
) -> MedicationStatement | None:
    """The last order of a home medicine where it stands on the day of discharge or the day before, at the dose of home."""
    last = stay[-1] if stay else None
    day, end = iso_date(last.date or "") if last else None, iso_date(left or "")
    if last is None or last.action is not MedicationAction.TAKE or day is None or end is None:
        return None
    if not _within_a_day(day, end) or "/" in last.place.document_id:
        return None
    return None if same_dose(home.dose, last.dose) is False else last


def _within_a_day(day: date, end: date) -> bool:
    return 0 <= (end - day).days <= 1


def with_limits(stay: Sequence[MedicationStatement], dose: str | None) -> MedicationStatement | None:
    """The last order of the stay that says when to hold the dose that is taken home."""
    return next(
        (
            s
            for s in reversed(stay)
            if s.action is MedicationAction.TAKE
            and LIMIT.search(s.place.quote)
            and same_dose(s.dose, dose) is not False
        ),
        None,
    )


_OF_THE_END = re.compile(
    r"(?i)\b(?:discharge|d/c) (?:letter|summary|note|report)\b|\btransfer of care\b|\bletter to\b|^Dear\b"
)
_TITLE_CHARS = 300


def tells_of_the_end(texts: Iterable[str]) -> bool:
    """Whether a text is a letter of discharge: what it says was begun goes on, though it makes no list."""
    return any(_OF_THE_END.search(text[:_TITLE_CHARS]) for text in texts)


def begun_and_going_on(stay: Sequence[MedicationStatement]) -> MedicationStatement | None:
    """``We commenced Movicol 1 sachet bd``: a regular order, begun in the stay and not ended in it."""
    last = stay[-1] if stay else None
    if last is None or last.action is not MedicationAction.TAKE or "/" in last.place.document_id:
        return None
    begun = any(s.change == "new" and s.dose and s.frequency for s in stay)
    return last if begun and last.dose and not _NOT_TO_GO_ON.search(last.place.quote) else None
