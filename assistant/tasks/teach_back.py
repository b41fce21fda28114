"""Teach-back: questions made from one handout, and a patient's typed answers held against it by rules.

An answer is right where it says what the handout says, wrong where it says something else (another dose, another number of times, a
stopped medicine taken, waiting in an emergency), partly right, or unclear. In doubt it is unclear: a nurse listens again. Owns the
rules; no model. After AHRQ's teach-back tool (Health Literacy Universal Precautions Toolkit). Refuses to store or draw.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from assistant.domain.answer import Answer, MedicationChange
from assistant.domain.medicine_row import AMOUNT, MedicineRow, row_of
from assistant.tasks.teach_back_heard import (
    DATE,
    NOT_DAILY,
    NUMBER,
    SPAN,
    amount_of,
    dates_in,
    holds,
    names_medicine,
    shares_word,
    spans_in,
    times_a_day,
    times_of_day,
)

_FILE = Path(__file__).with_name("teach_back.yaml")
MAX_MEDICINES = 3
_REFUSES = re.compile(
    r"(?i)\b(?:do not|don't|dont|won't|will not|no longer|never|not) (?:take|give|use|need|taking)|\bstop(?:ped)?\b|不[用再]?[吃用打]|停了|停掉|没吃"
)
_STILL = re.compile(
    r"(?i)\b(?:still|keep|continue|carry on)\b.{0,20}\b(?:tak|us|giv)|还[在要]?[吃用]|继续[吃用]"
)


class Kind(StrEnum):
    WHY = "why"
    MEDICINE = "medicine"
    STOPPED = "stopped"
    EMERGENCY = "emergency"
    VISIT = "visit"


class Outcome(StrEnum):
    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Question:
    """``lines`` are the handout's own, in which the answer stands."""

    kind: Kind
    text: str
    lines: tuple[str, ...]
    row: MedicineRow | None = None


@dataclass(frozen=True)
class Checked:
    """``misunderstood`` says what, in the answer's language, for the clinician; empty where nothing was."""

    outcome: Outcome
    misunderstood: str = ""
    again: tuple[str, ...] = ()
    """Lines of the handout that explain it once more."""


def questions_of(answer: Answer) -> tuple[Question, ...]:
    """Questions about this patient's medicines, warning signs and visits, each answered by the handout itself."""
    zh = answer.language == "zh"
    by_key = {s.key: s.sentences for s in answer.sections}
    lines = {key: tuple(x.text for x in found) for key, found in by_key.items()}
    rows = [row_of(s, answer.language) for s in by_key.get("medicines", ())]
    out: list[Question] = []
    if lines.get("why_in_hospital"):
        text = "您这次为什么住院？" if zh else "Why were you in hospital?"
        out.append(Question(Kind.WHY, text, lines["why_in_hospital"]))
    taken = [
        r
        for r in rows
        if r.name and r.change in (MedicationChange.NEW, MedicationChange.CHANGED) and _taken(r)
    ]
    for row in taken[:MAX_MEDICINES]:
        text = (
            f"{row.name}：每次多少？什么时候用？"
            if zh
            else f"{row.name}: how much do you take, and how often?"
        )
        out.append(Question(Kind.MEDICINE, text, (row.text,), row))
    stopped = [r for r in rows if r.change is MedicationChange.STOPPED and r.name]
    if stopped:
        text = "哪些药停了？" if zh else "Which medicines did we stop?"
        out.append(Question(Kind.STOPPED, text, tuple(r.text for r in stopped)))
    if lines.get("warning_signs"):
        text = "出现什么情况您要马上去急诊？" if zh else "What would make you go to emergency at once?"
        out.append(Question(Kind.EMERGENCY, text, lines["warning_signs"]))
    if any(DATE.search(line) or SPAN.search(line) for line in lines.get("appointments", ())):
        text = "下次复诊是什么时候？" if zh else "When is your next visit?"
        out.append(Question(Kind.VISIT, text, lines["appointments"]))
    return tuple(out)


def check(question: Question, said: str, answer: Answer) -> Checked:
    """The typed answer held against the handout."""
    text = said.strip()
    unknown = any(holds(text, w) for w in _words("unknown"))
    if not re.search(r"\w", text) or unknown:
        return Checked(Outcome.UNCLEAR, _say(answer, "did not know", "说不知道"), question.lines[:4])
    rules = {
        Kind.WHY: _why,
        Kind.MEDICINE: _medicine,
        Kind.STOPPED: _stopped,
        Kind.EMERGENCY: _emergency,
        Kind.VISIT: _visit,
    }
    return rules[question.kind](question, text, answer)


def _why(question: Question, said: str, answer: Answer) -> Checked:
    whole = " ".join(question.lines)
    if shares_word(said, whole):
        return Checked(Outcome.RIGHT)
    return Checked(
        Outcome.UNCLEAR, _say(answer, "reason for the stay not named", "没说出住院原因"), question.lines[:3]
    )


def _medicine(question: Question, said: str, answer: Answer) -> Checked:
    row = question.row
    assert row is not None
    others = [r for r in _rows(answer) if r.name and r.name != row.name and names_medicine(r.name, said)]
    if others and not names_medicine(row.name, said):
        wrong = _say(
            answer, f"named {others[0].name} instead of {row.name}", f"把{row.name}说成了{others[0].name}"
        )
        return Checked(Outcome.WRONG, wrong, question.lines)
    if _REFUSES.search(said):
        wrong = _say(answer, f"would not take {row.name}", f"以为不用{row.name}")
        return Checked(Outcome.WRONG, wrong, question.lines)
    wrong_told = [told for told in (_wrong_dose(row, said, answer), _wrong_times(row, said, answer)) if told]
    if wrong_told:
        return Checked(Outcome.WRONG, f"{row.name}: " + "; ".join(wrong_told), question.lines)
    dose_right, often_right = _says_dose(row, said), _says_times(row, said)
    if dose_right and often_right:
        return Checked(Outcome.RIGHT)
    if dose_right or often_right:
        missing = _say(
            answer, "how often" if dose_right else "how much", "多久一次" if dose_right else "每次多少"
        )
        return Checked(
            Outcome.PARTLY, f"{row.name}: {_say(answer, 'left out', '没说')} {missing}", question.lines
        )
    return Checked(
        Outcome.UNCLEAR, _say(answer, f"{row.name}: not said how", f"{row.name}：没说清"), question.lines
    )


def _amounts(text: str) -> set[str]:
    return {amount_of(m.group()) for m in AMOUNT.finditer(text)}


def _meant(row: MedicineRow) -> set[str]:
    return _amounts(f"{row.how} {' '.join(row.notes)}")


def _wrong_dose(row: MedicineRow, said: str, answer: Answer) -> str:
    other = sorted(_amounts(said) - _meant(row))
    return _say(answer, f"said {', '.join(other)}", f"说成{'、'.join(other)}") if other else ""


def _wrong_times(row: MedicineRow, said: str, answer: Answer) -> str:
    told = times_of_day(said)
    wanted, heard = times_a_day(row.how, row.times), times_a_day(said, told)
    if wanted and heard and wanted != heard:
        return _say(answer, f"said {heard} a day, it is {wanted}", f"说成每天{heard}次，应为{wanted}次")
    if row.times and told and heard == wanted and set(told).isdisjoint(row.times):
        return _say(answer, "another time of day", "时间说错了")
    return ""


def _says_dose(row: MedicineRow, said: str) -> bool:
    """ "40 once a day": a number without its unit counts where the handout has that number."""
    meant, told = _meant(row), _amounts(said)
    bare = set(NUMBER.findall(AMOUNT.sub(" ", said)))
    return (bool(told) and told <= meant) or any(
        n in {re.sub(r"[^\d.].*", "", m) for m in meant} for n in bare
    )


def _says_times(row: MedicineRow, said: str) -> bool:
    wanted, heard = times_a_day(row.how, row.times), times_a_day(said, times_of_day(said))
    return bool(wanted and heard and wanted == heard) or bool(
        NOT_DAILY.search(row.how) and shares_word(said, row.how)
    )


def _stopped(question: Question, said: str, answer: Answer) -> Checked:
    rows = _rows(answer)
    stopped = [r for r in rows if r.change is MedicationChange.STOPPED and r.name]
    taken = [r for r in rows if r.change is not MedicationChange.STOPPED and r.name and _taken(r)]
    mistaken = [r.name for r in taken if names_medicine(r.name, said)]
    if mistaken:
        names = ", ".join(mistaken)
        return Checked(
            Outcome.WRONG,
            _say(answer, f"thinks {names} is stopped", f"以为{names}停了"),
            tuple(r.text for r in taken if r.name in mistaken) + question.lines,
        )
    named = [r for r in stopped if names_medicine(r.name, said)]
    none = re.match(r"(?i)\W*(?:none|nothing|no(?: medicines?)?)\W*$|^没有|^都没停", said)
    if none or (named and _STILL.search(said)):
        return Checked(
            Outcome.WRONG,
            _say(answer, "would go on with a stopped medicine", "以为停的药还要用"),
            question.lines,
        )
    if len(named) == len(stopped):
        return Checked(Outcome.RIGHT)
    left = ", ".join(r.name for r in stopped if r not in named)
    outcome = Outcome.PARTLY if named else Outcome.UNCLEAR
    return Checked(outcome, _say(answer, f"left out: {left}", f"没说到：{left}"), question.lines)


def _emergency(question: Question, said: str, answer: Answer) -> Checked:
    if any(holds(said, w) for w in _words("waits")):
        return Checked(Outcome.WRONG, _say(answer, "would wait at home", "打算在家等"), question.lines[:6])
    whole = " ".join(question.lines).casefold()
    for row in _book()["signs"]:
        if any(holds(said, w) for w in row["said"]) and any(str(w).casefold() in whole for w in row["in"]):
            return Checked(Outcome.RIGHT)
    if shares_word(said, whole):
        return Checked(Outcome.RIGHT)
    return Checked(
        Outcome.UNCLEAR,
        _say(answer, "no warning sign of the handout named", "没说出须知里的危险信号"),
        question.lines[:6],
    )


def _visit(question: Question, said: str, answer: Answer) -> Checked:
    whole = " ".join(question.lines)
    dates, wanted = dates_in(said), dates_in(whole)
    spans, meant = spans_in(said), spans_in(whole)
    if (dates and not dates & wanted) or (not dates and spans and meant and not spans & meant):
        return Checked(
            Outcome.WRONG, _say(answer, f"another day: {said[:60]}", f"日期说错：{said[:60]}"), question.lines
        )
    if dates & wanted or spans & meant:
        return Checked(Outcome.RIGHT)
    if shares_word(said, whole):
        return Checked(Outcome.PARTLY, _say(answer, "the day was left out", "没说日期"), question.lines)
    return Checked(Outcome.UNCLEAR, _say(answer, "next visit not named", "没说出下次复诊"), question.lines)


def _say(answer: Answer, en: str, zh: str) -> str:
    return zh if answer.language == "zh" else en


def _rows(answer: Answer) -> list[MedicineRow]:
    return [row_of(x, answer.language) for s in answer.sections if s.key == "medicines" for x in s.sentences]


def _taken(row: MedicineRow) -> bool:
    return not re.match(r"(?i)do not|stop|医生核实|停用|先停", row.how)


def _words(key: str) -> list[str]:
    return [str(w) for w in _book()[key]]


@cache
def _book() -> dict[str, list]:  # type: ignore[type-arg]
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
