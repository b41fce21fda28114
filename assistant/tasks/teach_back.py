"""Teach-back: questions made from one handout, and a patient's typed answers held against it by rules.

An answer is right where it says what the handout says, wrong where it says something else (another dose, another number of times, a
stopped medicine taken, waiting in an emergency), partly right, or unclear. In doubt it is unclear: a nurse listens again. Owns the
rules; no model. After AHRQ's teach-back tool (Health Literacy Universal Precautions Toolkit). Refuses to store or draw.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from assistant.domain.answer import Answer, MedicationChange
from assistant.domain.medicine_row import AMOUNT, DayTime, MedicineRow, row_of
from assistant.verification.terms import terms_in

_FILE = Path(__file__).with_name("teach_back.yaml")
MAX_MEDICINES = 3
_COUNTS = (
    (re.compile(r"(?i)\bfour times|\b4 ?(?:x|times)|[四4]次"), 4),
    (re.compile(r"(?i)\bthree times|\b3 ?(?:x|times)|三顿|[三3]次"), 3),
    (re.compile(r"(?i)\btwice|\btwo times|\b2 ?(?:x|times)|[两二2]次"), 2),
    (re.compile(r"(?i)\bonce|\bone time|\b1 ?(?:x|time)\b|\bone a day|一次|1次"), 1),
)
_DAY = {
    DayTime.MORNING: r"(?i)\bmorning|\bbreakfast|早",
    DayTime.NOON: r"(?i)\bnoon|\blunch|\bmidday|中午|午饭",
    DayTime.EVENING: r"(?i)\bevening|\bdinner|\bsupper|傍晚|晚饭|晚上",
    DayTime.BEDTIME: r"(?i)\bbed ?time|\bat night|\bbefore bed|睡前|晚上",
}
_NOT_DAILY = re.compile(r"(?i)every other day|once a week|every \d+ hours|only when|隔一天|每周|小时|需要时")
_REFUSES = re.compile(
    r"(?i)\b(?:do not|don't|dont|won't|will not|no longer|never|not) (?:take|give|use|need|taking)|\bstop(?:ped)?\b|不[用再]?[吃用打]|停了|停掉|没吃"
)
_STILL = re.compile(
    r"(?i)\b(?:still|keep|continue|carry on)\b.{0,20}\b(?:tak|us|giv)|还[在要]?[吃用]|继续[吃用]"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DATE = re.compile(
    r"(?i)\b\d{1,2}[/-]\d{1,2}\b|\b\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b|\d{1,2}月\d{1,2}[日号]?|\d{4}年\d{1,2}月\d{1,2}日"
)
_SPAN = re.compile(
    r"(?i)\b(\d+|one|two|three|four|six|eight|twelve) ?(days?|weeks?|months?)|(\d+|[一二两三四六八])个?(天|周|星期|月)"
)
_WORDS = dict(
    zip(
        "one two three four six eight twelve 一 二 两 三 四 六 八".split(),
        (1, 2, 3, 4, 6, 8, 12, 1, 2, 2, 3, 4, 6, 8),
        strict=True,
    )
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


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
    if any(_DATE.search(line) or _SPAN.search(line) for line in lines.get("appointments", ())):
        text = "下次复诊是什么时候？" if zh else "When is your next visit?"
        out.append(Question(Kind.VISIT, text, lines["appointments"]))
    return tuple(out)


def check(question: Question, said: str, answer: Answer) -> Checked:
    """The typed answer held against the handout."""
    text = said.strip()
    unknown = any(_has(text, w) for w in _words("unknown"))
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
    if _shares(said, whole):
        return Checked(Outcome.RIGHT)
    return Checked(
        Outcome.UNCLEAR, _say(answer, "reason for the stay not named", "没说出住院原因"), question.lines[:3]
    )


def _medicine(question: Question, said: str, answer: Answer) -> Checked:
    row = question.row
    assert row is not None
    others = [r for r in _rows(answer) if r.name and r.name != row.name and _names(r.name, said)]
    if others and not _names(row.name, said):
        wrong = _say(
            answer, f"named {others[0].name} instead of {row.name}", f"把{row.name}说成了{others[0].name}"
        )
        return Checked(Outcome.WRONG, wrong, question.lines)
    if _REFUSES.search(said):
        wrong = _say(answer, f"would not take {row.name}", f"以为不用{row.name}")
        return Checked(Outcome.WRONG, wrong, question.lines)
    wrongs: list[str] = []
    meant = {_amount(m.group()) for m in AMOUNT.finditer(f"{row.how} {' '.join(row.notes)}")}
    told = {_amount(m.group()) for m in AMOUNT.finditer(said)}
    bare = set(_NUMBER.findall(AMOUNT.sub(" ", said)))
    dose_right = bool(told) and told <= meant
    if told - meant:
        wrongs.append(
            _say(answer, f"said {', '.join(sorted(told - meant))}", f"说成{'、'.join(sorted(told - meant))}")
        )
    wanted, heard = _a_day(row.how, row.times), _a_day(said, _times(said))
    often_right = bool(wanted and heard and wanted == heard) or bool(
        _NOT_DAILY.search(row.how) and _shares(said, row.how)
    )
    if wanted and heard and wanted != heard:
        wrongs.append(
            _say(answer, f"said {heard} a day, it is {wanted}", f"说成每天{heard}次，应为{wanted}次")
        )
    elif row.times and _times(said) and heard == wanted and set(_times(said)).isdisjoint(row.times):
        wrongs.append(_say(answer, "another time of day", "时间说错了"))
    if wrongs:
        return Checked(Outcome.WRONG, f"{row.name}: " + "; ".join(wrongs), question.lines)
    # "40 once a day": a number without its unit counts where the handout has that number.
    dose_right = dose_right or any(n in {re.sub(r"[^\d.].*", "", m) for m in meant} for n in bare)
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


def _stopped(question: Question, said: str, answer: Answer) -> Checked:
    rows = _rows(answer)
    stopped = [r for r in rows if r.change is MedicationChange.STOPPED and r.name]
    taken = [r for r in rows if r.change is not MedicationChange.STOPPED and r.name and _taken(r)]
    mistaken = [r.name for r in taken if _names(r.name, said)]
    if mistaken:
        names = ", ".join(mistaken)
        return Checked(
            Outcome.WRONG,
            _say(answer, f"thinks {names} is stopped", f"以为{names}停了"),
            tuple(r.text for r in taken if r.name in mistaken) + question.lines,
        )
    named = [r for r in stopped if _names(r.name, said)]
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
    if any(_has(said, w) for w in _words("waits")):
        return Checked(Outcome.WRONG, _say(answer, "would wait at home", "打算在家等"), question.lines[:6])
    whole = " ".join(question.lines).casefold()
    for row in _book()["signs"]:
        if any(_has(said, w) for w in row["said"]) and any(str(w).casefold() in whole for w in row["in"]):
            return Checked(Outcome.RIGHT)
    if _shares(said, whole):
        return Checked(Outcome.RIGHT)
    return Checked(
        Outcome.UNCLEAR,
        _say(answer, "no warning sign of the handout named", "没说出须知里的危险信号"),
        question.lines[:6],
    )


def _visit(question: Question, said: str, answer: Answer) -> Checked:
    whole = " ".join(question.lines)
    dates, wanted = _dates(said), _dates(whole)
    spans, meant = _spans(said), _spans(whole)
    if (dates and not dates & wanted) or (not dates and spans and meant and not spans & meant):
        return Checked(
            Outcome.WRONG, _say(answer, f"another day: {said[:60]}", f"日期说错：{said[:60]}"), question.lines
        )
    if dates & wanted or spans & meant:
        return Checked(Outcome.RIGHT)
    if _shares(said, whole):
        return Checked(Outcome.PARTLY, _say(answer, "the day was left out", "没说日期"), question.lines)
    return Checked(Outcome.UNCLEAR, _say(answer, "next visit not named", "没说出下次复诊"), question.lines)


def _say(answer: Answer, en: str, zh: str) -> str:
    return zh if answer.language == "zh" else en


def _rows(answer: Answer) -> list[MedicineRow]:
    return [row_of(x, answer.language) for s in answer.sections if s.key == "medicines" for x in s.sentences]


def _taken(row: MedicineRow) -> bool:
    return not re.match(r"(?i)do not|stop|医生核实|停用|先停", row.how)


def _names(name: str, said: str) -> bool:
    """The medicine's name, or its first word of five letters or more; a slip of one letter in a long name is heard."""
    text = said.casefold()
    if re.search(r"[\u4e00-\u9fff]", name):
        plain = re.sub(r"(?:缓释|肠溶|控释)?(?:片|胶囊|颗粒|注射液)$", "", name)
        return plain in text or (len(plain) >= 4 and plain[:3] in text)
    first = next((w for w in re.findall(r"[a-z]{4,}", name.casefold())), name.casefold())
    return first in text or any(_one_slip(first, w) for w in re.findall(r"[a-z]{6,}", text))


def _one_slip(one: str, other: str) -> bool:
    if len(one) < 7 or abs(len(one) - len(other)) > 1 or one[:3] != other[:3]:
        return False
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _amount(text: str) -> str:
    plain = (
        re.sub(r"\s+", "", text)
        .casefold()
        .replace("毫克", "mg")
        .replace("单位", "units")
        .replace("微克", "mcg")
    )
    return re.sub(r"(?<=unit)s$|(?<=puff)s$|(?<=tablet)s$", "", re.sub(r"micrograms?", "mcg", plain))


def _times(text: str) -> tuple[DayTime, ...]:
    found = [t for t, words in _DAY.items() if re.search(words, text)]
    if DayTime.EVENING in found and DayTime.BEDTIME in found and "晚上" in text:
        found.remove(DayTime.EVENING)
    return tuple(found)


def _a_day(text: str, times: Sequence[DayTime]) -> int:
    """Times a day, 0 where it is not said or is not by the day."""
    if _NOT_DAILY.search(text):
        return 0
    for pattern, count in _COUNTS:
        if pattern.search(text):
            return count
    return len(times)


def _dates(text: str) -> set[tuple[int, ...]]:
    """(month, day) or, where only two numbers stand with a slash, both orders."""
    out: set[tuple[int, ...]] = set()
    for m in _DATE.finditer(text):
        said = m.group().casefold()
        numbers = [int(n) for n in re.findall(r"\d+", said)]
        month = next((i for i, name in enumerate(_MONTHS, start=1) if name in said), 0)
        if month:
            out.add((month, numbers[0]))
        elif "月" in said:
            out.add((numbers[-2], numbers[-1]))
        else:
            out |= {(numbers[0], numbers[1]), (numbers[1], numbers[0])}
    return out


def _spans(text: str) -> set[tuple[int, str]]:
    out = set()
    for m in _SPAN.finditer(text):
        number, unit = (m.group(1) or m.group(3)).casefold(), (m.group(2) or m.group(4)).casefold()
        unit = {"天": "day", "周": "week", "星期": "week", "月": "month"}.get(unit, unit.rstrip("s"))
        out.add((int(number) if number.isdigit() else _WORDS[number], unit))
    return out


def _shares(said: str, whole: str) -> bool:
    """A telling word of the answer, or two Chinese characters in a row, stands in the text."""
    stems = {t.stem for t in terms_in(whole)}
    if any(t.stem in stems and len(t.stem) > 2 for t in terms_in(said)):
        return True
    pairs = [said[i : i + 2] for i in range(len(said) - 1)]
    return any(re.fullmatch(r"[\u4e00-\u9fff]{2}", p) and p in whole for p in pairs)


def _has(text: str, word: str) -> bool:
    edge = r"\b" if re.match(r"[A-Za-z]", word) else ""
    return bool(re.search(edge + re.escape(word), text.replace("’", "'"), re.IGNORECASE))


def _words(key: str) -> list[str]:
    return [str(w) for w in _book()[key]]


@cache
def _book() -> dict[str, list]:  # type: ignore[type-arg]
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
