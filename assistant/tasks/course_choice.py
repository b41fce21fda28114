"""Which statements of the notes make the hospital course: what was decided, done and happened, within a share of the record.

Owns what a statement is worth to a reader of the course and the length allowed. Refuses to word anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import (
    Assertion,
    DiagnosisRole,
    MedicationPhase,
    PatientRecord,
    Place,
    Statement,
)
from assistant.domain.stay import Period, period_of, sort_key
from assistant.records.strikeout_words import cues
from assistant.tasks.stating import day

COURSE_SECTIONS = (
    "assessment", "plan", "progress", "consult", "operation", "hospital_course", "procedures", "nursing", "pharmacy", "therapy",
    "admission", "vitals", "code_status", "advance_care", "orders", "results", "imaging",
)  # fmt: skip
_SHOWN_ELSEWHERE = ("results", "imaging", "vitals", "orders")
"""Told in the course only where they tell of an act or a decision; their values stand under Results."""
_OF_THE_LIST = ("plan", "orders", "pharmacy")
"""Where a discharge note orders medicines: those stand under medications."""
_CAUSE = re.compile(r"\binteraction\b|\btoxic|\bcaused\b|\binduced\b|所致|相互作用", re.IGNORECASE)
"""A diagnosis that names its cause tells the course too."""
_INCIDENTAL = re.compile(r"\bincidental|偶然发现|意外发现", re.IGNORECASE)
"""Stands under results and follow-up."""
MAX_SHARE = 0.3
"""Largest part of the record's characters that the quoted course may take: a summary is not a copy."""
MIN_CHARS = 1200
ROUTINE_SHARE = 0.15
"""Of it, how far the course may be filled with what tells of no decision, finding or treatment."""
ROUTINE_MIN_CHARS = 700
_WEIGHTS = (
    (4, r"\b(?:stop\w*|held|hold|withheld|discontinu\w*|switch\w*|chang\w*|start\w*|commenc\w*|increas\w*|reduc\w*|replac\w*|resum\w*|restart\w*|wean\w*)\b|停|改|加量|减量|加用|暂停|恢复"),
    (4, r"\bcancel\w*|\bnot (?:needed|done|required|given)\b|取消|未(?:行|输|予|用|做|溶栓|手术|补)"),
    (4, r"\b(?:exclud\w+|ruled out|no evidence|negative for|diagnos\w+|confirm\w+|consistent with|likely|secondary to|due to|caus\w+)\b|排除|诊断|考虑|证实|所致"),
    (3, r"\b(?:transfus\w+|intubat\w*|ventilat\w*|surgery|operation|drain\w*|scope|endoscop\w+|biops\w+|catheter\w*|dialysis|ICU|HDU|theatre|pressors?|norepi\w*|noradrenaline|extubat\w*|NG tube|dysphagia|stent\w*|grew|cultures?|b?cx)\b|手术|输血|置管|穿刺|内镜|转入|鼻饲|胃管|吞咽|支架|培养|ERCP|引流|取出|切除|消融"),
    (3, r"\b(?:incidental\w*|toxic\w*|interaction|reaction|allerg\w*|fall|bleed\w*|delirium|complicat\w*|fever|pressure (?:sore|injury))\b|偶然发现|中毒|过敏|出血|跌倒|并发"),
    (2, r"\b\d+(?:\.\d+)?\s*(?:mg|mcg|g|units?|mL|tab(?:let)?s?|sachets?|puffs?|bags?)\b(?!/(?:h|dL|L|mL)\b)|\d+\s*(?:mg|g|ml|单位)(?![A-Za-z]*/)"),
    (1, r"\b(?:improv\w+|better|worse\w*|stable|afebrile|tolerat\w+|mobil\w+|walk\w*)\b|好转|改善|加重|平稳"),
)  # fmt: skip
_STANDING = re.compile(
    r"\b(?:DNA-?CPR|DNR|DNAR|full code|code status|for (?:full )?(?:resus\w*|escalation)|not for (?:resus\w*|ITU|ICU|escalation)|ceiling of care|ReSPECT|MOLST|POLST|palliat\w+|comfort care|safeguarding|DoLS|capacity)\b|不(?:予|进行)?(?:心肺复苏|抢救)|放弃抢救|姑息",
    re.IGNORECASE,
)
"""What must be known of the stay whatever else is left out."""
_PATTERNS = [(weight, re.compile(pattern, re.IGNORECASE)) for weight, pattern in _WEIGHTS]


def changes_treatment(text: str) -> bool:
    """Whether it says that a treatment was begun, changed, held or ended."""
    return bool(_PATTERNS[0][1].search(text))


def weight(text: str) -> int:
    """How much a statement matters to a reader of the course; 0 for routine."""
    return sum(points for points, pattern in _PATTERNS if pattern.search(text))


def _importance(statement: Statement, values: Sequence[Place]) -> int:
    """The weight of its words; and what tells more than values, which stand under Results, counts as an event."""
    text = statement.text
    known = weight(text)
    if known < _ACT and _told_by(statement, values) >= _MOSTLY:
        return 0  # a report that stands under Results as it is
    if _ONCE_THINGS_ALLOW.search(text) or _OF_NO_STAY.search(text):
        return 0
    if _STANDING.search(text) or statement.section in ("code_status", "advance_care"):
        return known + _EVENT + 4
    if statement.section in _SHOWN_ELSEWHERE or known >= _EVENT or _corrects(text) or _OPEN.search(text):
        return known
    start = statement.place.start
    inside = _inside(statement, values)
    for place in sorted(inside, key=lambda p: -p.start):
        text = text[: place.start - start] + " " + text[place.end - start :]
    left = _WORD.findall(text)
    told = sum(1.0 if word.isascii() else len(word) / 2 for word in left)
    mostly_values = len(inside) > 2 and len("".join(left)) < 0.5 * len("".join(_WORD.findall(statement.text)))
    return _EVENT if told >= _WORDS_OF_AN_EVENT and not mostly_values else known


_OF_NO_STAY = re.compile(
    r"(?i)^\W*(?:his|her|their|the) (?:brother|sister|mother|father|mum|mom|dad|son|daughter|wife|husband|partner)\b[^.]{0,12}\b(?:was|had|has|is|died|takes)\b|\b(?:DOB|MRN)\b|^\W*(?:SHO|SpR|RN|FY\d|PGY-?\d|Dr)\.? [A-Z][\w-]+\W*$|^\W*counts? (?:are )?correct|住院号"
)
"""A relative's illness, a line of identity, a bare signature."""
_ONCE_THINGS_ALLOW = re.compile(
    r"(?i)^\W*(?:to )?(?:start|begin|add|consider|restart|introduce|commence)\b[^.;]*\b(?:when|once|if)\b"
)
"""``Start X when renal function allows`` is an intention: what came of it is told where it was done."""
_OPEN = re.compile(r"^[\W\d]*\?|[?？]\W*$|待排|待除外|待查")
"""A thought that was left open tells no event."""
_FROM_THE_CHART = re.compile(
    r"(?i)\b(?:remove|delete|take)\b[^.;]{2,40}\b(?:from|off) the (?:\w+ )?(?:chart|record|list)\b"
)


def _inside(statement: Statement, values: Sequence[Place]) -> list[Place]:
    whole = statement.place
    return [p for p in values if p.document_id == whole.document_id and whole.start <= p.start < whole.end]


def _told_by(statement: Statement, values: Sequence[Place]) -> float:
    """The share of the statement that results cover."""
    covered = {i for p in _inside(statement, values) for i in range(p.start, min(p.end, statement.place.end))}
    return len(covered) / max(1, len(statement.text))


_ACT = 4
"""The weight of what was decided or done."""
_MOSTLY = 0.75


def _corrects(text: str) -> bool:
    """A remark on the record itself: what belongs to another patient, or is to be struck out."""
    said = cues()
    return bool(_FROM_THE_CHART.search(text)) or any(
        p.search(text) for p in (said.other_patient, said.delete, said.aside, said.lab_error)
    )


_EVENT = 2
"""The least weight that is told."""
_WORDS_OF_AN_EVENT = 2
_WORD = re.compile(r"[A-Za-z]{3,}|[一-鿿]+")


def chosen_statements(record: PatientRecord) -> list[Statement]:
    """The statements that matter most within the share allowed, in time order."""
    named = [
        c.place
        for c in record.conditions
        if c.assertion is Assertion.PRESENT and c.role in (DiagnosisRole.PRINCIPAL, DiagnosisRole.SECONDARY)
    ]
    ordered = [m.place for m in record.medications if m.phase is MedicationPhase.DISCHARGE]
    candidates = [
        s
        for s in record.statements_in(*COURSE_SECTIONS)
        if s.assertion not in (Assertion.ERRONEOUS, Assertion.FAMILY, Assertion.HYPOTHETICAL)
        and period_of(s.date, record.encounter) in (Period.DURING, Period.UNKNOWN)
        and (s.section not in _SHOWN_ELSEWHERE or weight(s.text) >= 4)
        and not (s.section == "orders" and s.text.count(";") > 1)
        and s.text.count("|") < 2
        and not (s.section in _OF_THE_LIST and any(_contains(s.place, place) for place in ordered))
        and not (s.section in _SHOWN_ELSEWHERE and _INCIDENTAL.search(s.text))
        and (_CAUSE.search(s.text) or not any(_contains(s.place, place) for place in named))
    ]
    length = sum(len(d.text) for d in record.documents)
    limit = max(MIN_CHARS, int(MAX_SHARE * length))
    routine = max(ROUTINE_MIN_CHARS, int(ROUTINE_SHARE * length))
    if not any(record.statements_in("chief_complaint", "history_of_present_illness")):
        # A clerking without headings is told as the reason for admission.
        candidates = [s for s in candidates if s.section != "admission" or weight(s.text) >= _EVENT]
    values = [o.place for o in record.observations]
    worth = [_importance(statement, values) for statement in candidates]
    remarks = [s.place for s in record.statements if _corrects(s.text)]
    struck = [o.place for o in record.observations if o.assertion is Assertion.ERRONEOUS]
    ranked = sorted(enumerate(candidates), key=lambda item: (-worth[item[0]], item[0]))
    kept: list[tuple[int, Statement]] = []
    used = 0
    seen: set[str] = set()
    for index, statement in ranked:
        plain = re.sub(r"\W+", "", statement.text).casefold()
        told = weight(statement.text) >= _EVENT or not (
            any(_contains(statement.place, p) for p in struck)
            or any(_goes_on(record, remark, statement.place) for remark in remarks)
        )
        if worth[index] < _EVENT or not told or plain in seen:
            continue
        if used + len(statement.text) > (limit if weight(statement.text) >= _EVENT else routine):
            continue
        seen.add(plain)
        used += len(statement.text)
        kept.append((index, statement))
    moments: dict[int, str] = {}
    last = ""
    for index, statement in enumerate(candidates):
        last = sort_key(day(statement.date)) if statement.date else last
        moments[index] = last  # an undated sentence of a narrative follows the one before it
    kept.sort(key=lambda item: (moments[item[0]], item[0]))
    return [statement for _, statement in kept]


def _goes_on(record: PatientRecord, remark: Place, place: Place) -> bool:
    """What follows a correction on its line explains it: ``... on the wrong chart. Ms X has no amputation.``"""
    if remark.document_id != place.document_id or place.start < remark.end:
        return False
    return "\n" not in record.document(remark.document_id).text[remark.end : place.start]


def _contains(outer: Place, inner: Place) -> bool:
    return outer.document_id == inner.document_id and outer.start <= inner.start < outer.end
