"""Reconciled medicines as sentences: new, changed (old → new), stopped or held (why, when to restart), continued.

Doses stand as the record writes them. A medicine under a stop alert is not listed as an order: it is named as not
confirmed until a clinician settles the alert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.domain.answer import Alert, MedicationChange, MedicineRow, MedicineState, Sentence
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import MedicationAction, MedicationPhase, PatientRecord
from assistant.records.last_order import LIMIT
from assistant.records.reconcile import reconcile
from assistant.tasks.base import Turn
from assistant.tasks.ordering import stopped_drugs, without_proposals
from assistant.tasks.stating import ruled, stated, tidy

_LABEL = {
    "en": {
        MedicationChange.NEW: "New",
        MedicationChange.CHANGED: "Changed",
        MedicationChange.STOPPED: "Stop",
        MedicationChange.CONTINUED: "Continue",
    },
    "zh": {
        MedicationChange.NEW: "新增",
        MedicationChange.CHANGED: "调整",
        MedicationChange.STOPPED: "停用",
        MedicationChange.CONTINUED: "继续",
    },
}
_ORDER = [
    MedicationChange.NEW,
    MedicationChange.CHANGED,
    MedicationChange.STOPPED,
    MedicationChange.CONTINUED,
]


def medicine_sentences(turn: Turn, record: PatientRecord, alerts: Sequence[Alert]) -> Iterator[Sentence]:
    """One sentence a medicine; where the record names none, a sentence that says so."""
    medicines = reconcile(without_proposals(turn, record), turn.services.formulary)
    if not medicines:
        yield ruled(turn.say("No discharge medicines are recorded.", "病历中未记录出院用药。"))
        return
    stopped = stopped_drugs(alerts)
    for medicine in sorted(medicines, key=lambda m: _ORDER.index(m.change)):
        text = describe(medicine, turn.language)
        row = row_of(medicine, turn.language)
        alert = stopped.get(medicine.generic or "")
        if alert is not None and medicine.change is not MedicationChange.STOPPED:
            warning = turn.say(
                f"Not confirmed ({alert.kind.value} alert) - do not give until a clinician has settled it: ",
                f"未确认（{alert.kind.value} 警示）——临床医生核实前不要使用：",
            )
            text = warning + text
            row = replace(
                row,
                state=MedicineState.CONFIRM,
                discharge="",
                note=warning + "; ".join(p for p in (row.discharge, row.note) if p),
            )
        sentence = stated(record, text, [s.place for s in medicine.statements], change=medicine.change)
        yield replace(sentence, medicine=row)


def describe(medicine: ReconciledMedicine, language: str) -> str:
    """``Changed: metformin 1000 mg BID → 500 mg BID; eGFR 54`` in the record's own words and figures."""
    zh = language == "zh"
    if left_open(medicine):
        how = _how(medicine)
        named = f"{full_name(medicine)} {how}".strip()
        return (
            f"待确认：{named}；{medicine.uncertain}。"
            if zh
            else f"To confirm: {named}; {medicine.uncertain}."
        )
    label = ("暂停" if zh else "Stop for now (hold)") if medicine.held else _LABEL[language][medicine.change]
    how = _how(medicine)
    parts = [f"{label}{'：' if zh else ': '}{full_name(medicine)}"]
    if medicine.change is MedicationChange.STOPPED:
        if medicine.held:
            parts.append(_restart(medicine, zh))
    elif (
        medicine.change is MedicationChange.CHANGED
        and medicine.previous_dose
        and medicine.previous_dose != medicine.dose
    ):
        parts[0] += f" {medicine.previous_dose} → {how}" if how else f" ({medicine.previous_dose} →)"
    elif how:
        parts[0] += f" {how}"
    if (
        medicine.duration
        and medicine.change is not MedicationChange.STOPPED
        and not _within(medicine.duration, parts)
    ):
        parts.append(tidy(medicine.duration))
    if medicine.reason and not _within(medicine.reason, parts):
        parts.append(tidy(medicine.reason))
    parts += [tidy(extra) for extra in _warnings_of(medicine) if not _within(extra, parts)]
    steps = _as_written(medicine, " ".join(parts), zh=zh)
    if steps:
        parts.append(steps)
    if medicine.uncertain:
        parts.append(medicine.uncertain)
    return ("；" if zh else "; ").join(parts) + ("。" if zh else ".")


_STEP = re.compile(
    r"(?i)\b(?:scale|correction|while|back|then|from|until|till|followed by|only|days?|weeks?|months?|reduc\w+|increas\w+|taper\w*)\b|\bto (?=\d{1,2}(?:/|-|\.|\s?[A-Za-z]{3}))"
    r"|→|->|然后|以后|之后|改为|减至|加至|减为|减到|起|停|最多|不超过|间隔|\d[天周月日号]|[到至]\s?\d"
)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_SPAN = re.compile(r"(?i)(?<![\d.])\d+\s?(?:days?|weeks?|months?|天|周|个月)")
_LONGEST_LINE = 220


def _as_written(medicine: ReconciledMedicine, said: str, *, zh: bool) -> str:
    """The line of the discharge list itself where it goes on to another dose or day that ``said`` does not tell:
    the first step of ``10 mg twice daily to 23 March, then 5 mg`` alone would be twice the dose."""
    if medicine.change is MedicationChange.STOPPED:
        return ""
    listed = [
        s
        for s in medicine.statements
        if s.phase is MedicationPhase.DISCHARGE and s.action is MedicationAction.TAKE
    ]
    line = re.sub(r"\s*[|│┃]\s*", ", ", tidy(listed[-1].place.quote)).strip(" ,") if listed else ""
    line = without_status(line, said)
    if not _STEP.search(line) or len(line) > _LONGEST_LINE or line.startswith("Medicine: "):
        return ""
    spans = set(_SPAN.findall(line)) - set(_SPAN.findall(said))
    if not spans and not set(_FIGURE.findall(line)) - set(_FIGURE.findall(said)):
        return ""
    return f"原文：{line}" if zh else f"as written: {line}"


_STATUS = re.compile(
    r"(?i)\s*(?:[-–—]\s*|[(（]\s*|[,，]\s*)(?:new|unchanged|no change|same|continued?|changed(?: dose)?|(?:dose )?(?:increased|reduced|decreased)|新增|新加|不变|同前|继续)"
    r"(?P<was>\s(?:from|was) [\d.,]+\s?(?:mg|mcg|g|units?|ml|puffs?)(?![a-z/]))?\s*[)）]?\s*(?=$|[,;，；。.])"
    r"|\s+(?-i:NEW|UNCHANGED|CONTINUED?|SAME)\s*(?=$|[,;，；])"
)


def without_status(line: str, said: str) -> str:
    """A line of the list without its ``- NEW`` or ``- CHANGED from 3 mg``, where what the dose was is said already."""
    found = _STATUS.search(line)
    if found is None or (found["was"] and set(_FIGURE.findall(found["was"])) - set(_FIGURE.findall(said))):
        return line
    return (line[: found.start()] + line[found.end() :]).strip(" ,;，；")


def _restart(medicine: ReconciledMedicine, zh: bool) -> str:
    when = tidy(medicine.restart_condition) if medicine.restart_condition else ""
    if not when:
        return "病历未写明恢复条件" if zh else "when to restart is not recorded"
    already = re.match(r"(?:re-?start|resume|恢复)", when, re.IGNORECASE)
    return ("" if already else ("恢复条件：" if zh else "restart: ")) + when


_STATE = {
    MedicationChange.NEW: MedicineState.NEW,
    MedicationChange.CHANGED: MedicineState.CHANGED,
    MedicationChange.STOPPED: MedicineState.STOPPED,
    MedicationChange.CONTINUED: MedicineState.CONTINUED,
}


def row_of(medicine: ReconciledMedicine, language: str) -> MedicineRow:
    """The medicine as a line of the reconciliation table: home and discharge side by side, every word the record's."""
    zh = language == "zh"
    state = MedicineState.HELD if medicine.held else _STATE[medicine.change]
    if medicine.uncertain:
        state = MedicineState.CONFIRM
    homes = [s for s in medicine.statements if s.phase is MedicationPhase.HOME]
    home = next((how for s in reversed(homes) if (how := _joined(s.dose, s.route, s.frequency))), "")
    notes: list[str] = []
    if medicine.held:
        notes.append(_restart(medicine, zh))
    stays = medicine.change is not MedicationChange.STOPPED
    discharge = _how(medicine) if stays else ""
    if medicine.duration and stays and not _within(medicine.duration, [discharge]):
        notes.append(tidy(medicine.duration))
    notes += [
        tidy(n)
        for n in (medicine.reason, *_warnings_of(medicine))
        if n and not _within(n, [discharge, *notes])
    ]
    steps = _as_written(medicine, " ".join((home, discharge, *notes)), zh=zh) if stays else ""
    if steps:
        notes.append(steps)
    if medicine.uncertain:
        notes.append(medicine.uncertain)
    if medicine.change is MedicationChange.STOPPED and not home:
        home = _how(medicine) if homes else ""
    if medicine.change is MedicationChange.CHANGED and medicine.previous_dose and not home:
        home = tidy(medicine.previous_dose)
    note = ("；" if zh else "; ").join(notes)
    return MedicineRow(state, full_name(medicine), home, discharge, note)


_ADDED = re.compile(
    r"(?i)\b(?:(?:to be )?start(?:ed|ing)?\s[^;.]{0,30}\b(?:if|when|once|after)\b[^;.()]{3,60}|only (?:if|when|after)\s[^;.()]{3,60}|1:\d{1,2}(?: carb\w*(?: ratio)?)?|max(?:imum)?\.?\s[^;.()]{2,40}|avoid\s[^;.()|│]{3,60}|(?:do not|don't|never|must not)\s[^;.()|│]{3,60}|(?:next\s)?(?:dose\s|injection\s)?(?:is\s)?due\s(?:on\s|in\s|by\s)?(?=[\dA-Z])[^;.()|│,]{2,40}?(?=\sand\b|[;.()|│,]|$)|(?:hold|omit|pause|stop|skip|withhold)\s(?:if|when|for|on|once|during|\d+\s?(?:days?|h))\b[^;()|│]{2,60}?(?=[;()|│]|\.\s|\.?$)|replaces\s[^;.()]{3,40}|(?<=\s)while (?:on|taking)\s[^;.()|│]{3,50}|not with\s[^;.()]{3,40}|"
    r"with (?:food|meals?|breakfast)|on an empty stomach|before (?:food|meals?)|(?:check|monitor)\s[^;.()]{3,50})"
    r"|(?:(?:每|一|24)?(?:小时|日|天)(?:内)?(?:总量)?)?(?:(?:不|别)(?:能|可|要|得)?超过?|最多|至多|总量不超)[^；;。，,()（）|│]{1,16}(?:[(（]\d[^()（）]{0,10}[)）])?|(?:间隔|隔)\s?\d+\s?(?:个)?小时(?:以上)?"
    r"|(?:最大|避免|禁止|勿|监测|复查|餐[前后]|空腹|如|若|一旦|不要|切勿|不可)[^；;。()（）|│]{0,30}|(?:心率|收缩压|血压|血糖|血钾|INR|脉搏)[^；;。，,()（）|│]{1,14}(?:停[用药]?|减半|减量)"
)
"""Limits and warnings that the discharge list itself puts beside a medicine."""


_CUT_SHORT = re.compile(r"(?i)(?:^|[,;])[^,;]*\b(?:past|of|after|with|beyond|for|to|on|and|or|if|than)$")
"""A last part that ends where the next medicine's name begins says less than it should: it is left out."""


def _warnings_of(medicine: ReconciledMedicine) -> list[str]:
    """What the discharge list puts beside it, and when the last order of the stay says to hold it."""
    listed = _listed_warnings(medicine)
    if medicine.change is MedicationChange.STOPPED or LIMIT.search(" ".join(listed)):
        return listed
    ordered = [s for s in medicine.statements if s.phase is MedicationPhase.INPATIENT]
    limits = [found.group() for s in reversed(ordered) if (found := LIMIT.search(s.place.quote))]
    return listed + limits[:1]


def _listed_warnings(medicine: ReconciledMedicine) -> list[str]:
    listed = [s for s in medicine.statements if s.phase is MedicationPhase.DISCHARGE]
    for statement in reversed(listed or medicine.statements[-1:]):
        if listed or statement.phase is MedicationPhase.INPATIENT:
            quote = without_status(statement.place.quote, statement.place.quote)
            found = [m.group().strip(" ,，") for m in _ADDED.finditer(quote)]
            return [whole for text in found if (whole := _CUT_SHORT.sub("", text))]
    return []


_FORM = (
    r"succinate|tartrate|fumarate|besylate|besilate|sodium|calcium|hydrochloride|maleate|mesylate|"
    r"modified[- ]release|extended[- ]release|sustained[- ]release|slow[- ]release|enteric[- ]coated|gastro-resistant|"
    r"MR|XL|ER|XR|SR|CR|LA|EC|retard|depot"
)


def full_name(medicine: ReconciledMedicine) -> str:
    """The name with the salt or release form that the record gives beside it: metoprolol succinate is not tartrate."""
    for statement in reversed(medicine.statements):
        found = re.search(
            rf"{re.escape(medicine.name)}((?:[\s-]+(?:{_FORM})\b)+)", statement.place.quote, re.IGNORECASE
        )
        if found and found.group(1).strip().casefold() not in medicine.name.casefold():
            return f"{medicine.name} {' '.join(found.group(1).split()).lstrip('-')}"
    return medicine.name


def left_open(medicine: ReconciledMedicine) -> bool:
    """True for a home medicine of whose future the record says nothing: no list has it, or there is no list.

    The record does not say to stop it, nor to go on with it; so neither do we.
    """
    if not medicine.uncertain or medicine.held:
        return False
    listed = any(s.phase is MedicationPhase.DISCHARGE for s in medicine.statements)
    return medicine.change is MedicationChange.STOPPED or (
        medicine.change is MedicationChange.CONTINUED and not listed
    )


def _how(medicine: ReconciledMedicine) -> str:
    return _joined(medicine.dose, medicine.route, medicine.frequency)


def _joined(*stated_parts: str | None) -> str:
    parts: list[str] = []
    for part in stated_parts:
        if part and not _within(part, parts):
            # A dosage text that repeats what was said ("750 mg by mouth once") takes its place.
            parts = [p for p in parts if tidy(p).casefold() not in part.casefold()]
            parts.append(tidy(part))
    return " ".join(parts)


def _within(part: str, parts: Sequence[str]) -> bool:
    found = " ".join(parts).casefold()
    return re.sub(r"\s+", " ", part).strip().casefold() in found
