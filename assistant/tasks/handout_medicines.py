"""The medicines of a handout: one line a medicine, in the shape that ``assistant.domain.medicine_row`` reads as a table.

How much, by which way, how often, when in the day (only where the order says so), what changed, why, until when. What the
discharge list says beyond that is kept as its own words made plain: no dose, date or limit is lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.answer import Alert, MedicationChange, Sentence
from assistant.domain.medicine_row import DayTime, when_said
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import MedicationAction, MedicationPhase, PatientRecord
from assistant.tasks.base import Turn
from assistant.tasks.medicines import full_name, left_open, without_status
from assistant.tasks.ordering import stopped_drugs
from assistant.tasks.plain_words import PlainWriter, frequency_of, in_plain_words, plain_route
from assistant.tasks.stating import ruled, stated, tidy

ORDER = [
    MedicationChange.NEW,
    MedicationChange.CHANGED,
    MedicationChange.CONTINUED,
    MedicationChange.STOPPED,
]
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_LIMIT = re.compile(
    r"(?i)\b(?:max|maximum|at most|not more|avoid|pause|hold|omit|skip|stop if|stop when|do not|don't|never|not with|only (?:if|when|after)|with food|empty stomach|rinse|swallow|"
    r"before (?:food|meals?)|until|then stop|taper|until finished)\b|不超过|最大|避免|禁止|不可|勿|不要|餐[前后中]|空腹|漱口|至少|长期"
)
_DOSAGE = re.compile(
    r"dosage: (.*?)(?=\s(?:status|category|date|reason|course|replaces|note|as needed|intent):|$)", re.DOTALL
)


def handout_medicines(
    turn: Turn,
    record: PatientRecord,
    medicines: Sequence[ReconciledMedicine],
    alerts: Sequence[Alert],
    writer: PlainWriter,
    *,
    child: bool,
) -> Iterator[Sentence]:
    """New ones first, then changed, same, stopped; a medicine under a stop alert is not told to be taken."""
    stopped = stopped_drugs(alerts)
    for medicine in sorted(medicines, key=lambda m: ORDER.index(m.change)):
        places = [s.place for s in medicine.statements]
        unsettled = medicine.change is not MedicationChange.STOPPED or left_open(medicine)
        if medicine.generic in stopped and unsettled:
            verb = "give" if child else "take"
            text = turn.say(
                f"{_capital(full_name(medicine))}: do not {verb} it until your doctor has checked it.",
                f"{full_name(medicine)}：医生核实之前不要用。",
            )
        elif left_open(medicine):
            text = _ask_first(turn, medicine)
        elif medicine.change is MedicationChange.STOPPED:
            text = _stop(turn, medicine, writer, child=child)
        else:
            text = _take(turn, medicine, writer, child=child)
        yield stated(record, text, places, change=medicine.change)
    if not medicines:
        yield ruled(
            turn.say(
                "No medicines to take home are recorded. Ask your care team.",
                "病历中没有带回家的药。请询问医护人员。",
            )
        )


def _ask_first(turn: Turn, medicine: ReconciledMedicine) -> str:
    # Silence in a list is no order to stop: a patient who stops an anticoagulant on it may have a stroke.
    name = " ".join(p for p in (full_name(medicine), tidy(medicine.dose or "")) if p)
    return turn.say(
        f"Ask before you leave: should you go on with {name}?", f"出院前请问医生：{name}还要不要继续用？"
    )


def _stop(turn: Turn, medicine: ReconciledMedicine, writer: PlainWriter, *, child: bool) -> str:
    name = _capital(full_name(medicine))
    verb = "give" if child else "take"
    if not medicine.held:
        text = turn.say(f"{name}: stop. Do not {verb} it any more.", f"{name}：停用，不要再用。")
        return text + _why(turn, medicine, writer)
    text = turn.say(f"{name}: stop for now.", f"{name}：先停一停。") + _why(turn, medicine, writer)
    when = tidy(medicine.restart_condition or "")
    if not when:
        return text + turn.say(" Ask when to start it again.", "请问医生什么时候再用。")
    told = writer.plain(re.sub(r"^(?:re-?start|resume|恢复)\s*", "", when, flags=re.IGNORECASE)).rstrip(".。")
    if re.match(r"(?i)until\b", told):
        text += f" Stop it {told}."
    else:
        text += turn.say(f" Start again: {told}.", f"再用的条件：{told}。")
    return text + turn.say(" Ask us before you start again.", "再用之前先问医生。")


def _take(turn: Turn, medicine: ReconciledMedicine, writer: PlainWriter, *, child: bool) -> str:
    zh = turn.language == "zh"
    name = _capital(full_name(medicine))
    reserve = _in_reserve(medicine)
    if reserve:
        line = writer.plain(re.sub(rf"(?i)^\W*{re.escape(medicine.name)}\s*[:：]?\s*", "", reserve)).rstrip(
            ".。;； "
        )
        return turn.say(
            f"{name}: keep it at home. Do not {'give' if child else 'take'} it every day. Use it only like this: {line}.",
            f"{name}：备在家里，不要天天用。只在这种时候用：{line}。",
        )
    often = frequency_of(_without_dose(medicine.frequency or "", medicine), turn.language)
    route = plain_route(medicine.route or "", turn.language)
    route = "" if route and route in often.words else route
    dose = writer.plain(tidy(medicine.dose or ""))
    parts = [p for p in (dose, route, writer.plain(often.words)) if p]
    if not parts:
        how = turn.say("ask us how to use it", "请问清怎么用")
    elif zh:
        how = "，".join(parts)
    else:
        verb = (
            "give"
            if child
            else ("use" if re.search(r"nasal|skin|breathe|puff|spray|inject", " ".join(parts)) else "take")
        )
        how = f"{verb} " + _and_often(parts)
    text = f"{name}{'：' if zh else ': '}{how}{'。' if zh else '.'}"
    when = when_said(_at_their_hours(often.times, medicine), turn.language)
    text += (when if zh else f" {when}") if when else ""
    if medicine.duration and not _STEP_TO_COME.match(medicine.duration):
        lasts = writer.plain(tidy(medicine.duration))
        text += turn.say(f" How long: {lasts}.", f"用多久：{lasts}。")
    text += {
        MedicationChange.NEW: turn.say(" This one is new.", "这是新加的药。"),
        MedicationChange.CHANGED: turn.say(" The dose has changed.", "剂量有变化。"),
        MedicationChange.CONTINUED: turn.say(" Same as before.", "和以前一样。"),
    }[medicine.change]
    if medicine.change is MedicationChange.CHANGED and medicine.previous_dose:
        before = writer.plain(medicine.previous_dose)
        text += turn.say(f" Before: {before}.", f"以前是{before}。")
    text += _why(turn, medicine, writer)
    rest = _unsaid(medicine, text, writer)
    return text + turn.say(f" Also noted: {rest}.", f"还写着：{rest}。") if rest else text


_STEP_TO_COME = re.compile(r"(?i)\W*(?:then )?(?:increase|reduce|decrease|raise|up|down|step)\w*\b")
"""``increase to 2.5 mg on 28/11``: the next step of a dose is no length of its course; it stands under "Also noted"."""
_RESERVE = re.compile(
    r"(?i)\b(?:rescue|stand-?by|emergency) (?:pack|course|supply|medic\w+|antibiotic\w*|steroid\w*)\b|\bjust in case\b|[-–—,;(]\s?only if\b|[-–—,;(]\s?(?:to )?(?:start|take|use) (?:only )?if\b|备用"
)


def _in_reserve(medicine: ReconciledMedicine) -> str:
    """The line of a medicine kept for a bad day (``30 mg od 5 days - rescue pack if sputum turns green``); else empty."""
    listed = [s for s in medicine.statements if s.phase is MedicationPhase.DISCHARGE]
    line = tidy(listed[-1].place.quote) if listed else ""
    needed = frequency_of(medicine.frequency or "", "en").needed
    return line if _RESERVE.search(line) and not needed else ""


_HOUR = re.compile(
    r"(?i)(?<![\d/.:-])(?P<h12>\d{1,2})(?::[0-5]\d)?\s?(?P<half>am|pm)\b|(?:\bat|\band|[,&/])\s?(?P<h24>[01]?\d|2[0-3]):[0-5]\d(?!\d)|(?P<word>\b(?:midday|noon|lunch(?:time)?)\b)"
)
_PARTS = ((11, DayTime.MORNING), (16, DayTime.NOON), (21, DayTime.EVENING), (25, DayTime.BEDTIME))


def _at_their_hours(times: Sequence[DayTime], medicine: ReconciledMedicine) -> tuple[DayTime, ...]:
    """``twice daily (8 AM and 2 PM)`` is morning and noon; hours that do not add up leave the line's own words alone."""
    listed = [s for s in medicine.statements if s.phase is MedicationPhase.DISCHARGE]
    found = list(_HOUR.finditer(listed[-1].place.quote)) if listed and times else []
    if not found:
        return tuple(times)
    hours = [
        12
        if m["word"]
        else int(m["h24"])
        if m["h24"]
        else int(m["h12"]) % 12 + 12 * (m["half"].casefold() == "pm")
        for m in found
    ]
    said = dict.fromkeys(next(part for end, part in _PARTS if hour < end) for hour in hours)
    if len(hours) == 1 and len(times) > 1:
        return ()  # one of several is told
    return tuple(said) if len(said) == len(hours) else ()


def _and_often(parts: Sequence[str]) -> str:
    return " ".join(parts[:-1]) + (", " if len(parts) > 1 else "") + parts[-1]


def _why(turn: Turn, medicine: ReconciledMedicine, writer: PlainWriter) -> str:
    """The reason that the discharge list, or the order to stop, gives; a note in the home list ("often missed") is none."""
    given = [
        s.reason
        for s in medicine.statements
        if s.reason and (s.phase is MedicationPhase.DISCHARGE or s.action is not MedicationAction.TAKE)
    ]
    if medicine.reason not in given:
        return ""
    reason = tidy(medicine.reason or "").strip(" .。()（）")
    if not reason or _NO_REASON.match(reason):
        return ""
    if medicine.change is not MedicationChange.STOPPED and _LIMIT_SET.match(reason):
        noted = writer.plain(reason)
        return turn.say(f" Note: {noted}.", f"注意：{noted}。")
    # Only where the reason is the diagnosis alone: "changed to insulin, to avoid low sugar" is not "low sugar".
    alone = len(reason) <= 5 if turn.language == "zh" else len(reason.split()) <= 2
    easy = in_plain_words(reason, turn.language) if alone and reason.replace(" ", "").isalpha() else ""
    told = easy or writer.plain(reason)
    return turn.say(f" Why: {told}.", f"原因：{told}。")


_NO_REASON = re.compile(
    r"(?i)(?:(?:new|unchanged|same|as before|continued?|started|increased|reduced|changed|restarted|新增|不变|继续|调整)\W*$|(?:increased|reduced|changed|decreased|up|down) (?:from|to)\b|long[- ]term|长期|终身|自购|原\d|was\b|from \d|ok (?:with|in)\b|compatible\b|safe (?:with|in)\b)"
)
_LIMIT_SET = re.compile(
    r"(?i)(?:[^,;，；]{0,30}(?:停[用药服吃]?(?:并|，|$|联系)|时停|不可自行|勿自行|暂停)|.{0,30}(?:\bhold\b|\bomit\b|\bstop if\b|[<>≤≥]\s?\d))"
)
"""``HR<50 停服``, ``hold if SBP <90``: when to leave it out is no reason for taking it."""


def _without_dose(frequency: str, medicine: ReconciledMedicine) -> str:
    """``每餐前6单位 皮下注射`` beside a dose of 6 单位 says the dose twice."""
    dose = re.sub(r"\s+", "", medicine.dose or "")
    text = (
        re.sub(rf"{re.escape(dose)}", "", frequency)
        if dose and dose in frequency.replace(" ", "")
        else frequency
    )
    if medicine.route and len(medicine.route) > 2:
        text = text.replace(medicine.route, "")
    return text.strip(" ,，;")


def _unsaid(medicine: ReconciledMedicine, said: str, writer: PlainWriter) -> str:
    """The discharge line, plain, where it holds a number, a date or a limit that ``said`` does not."""
    for statement in reversed(medicine.statements):
        if statement.phase is not MedicationPhase.DISCHARGE:
            continue
        quote = statement.place.quote
        if quote.lstrip().startswith(
            "Medicine: "
        ):  # one FHIR resource laid out: its other dates are not the order's
            found = _DOSAGE.search(quote)
            quote = found.group(1) if found else ""
        name = re.escape(medicine.name)
        body = tidy(re.sub(rf"(?i)^\W*{name}\s*[:：]?\s*", "", tidy(quote)))
        plain = _past_how(writer.plain(without_status(body, said)).rstrip(".。;； "), said)
        numbers = numbers_in(plain) - numbers_in(said)
        limits = [m.group() for m in _LIMIT.finditer(plain) if m.group().casefold() not in said.casefold()]
        return plain if numbers or limits else ""
    return ""


_CLOSED = re.compile(r"[(（]([^()（）]*)[)）]")


def _past_how(line: str, said: str) -> str:
    """``500 mg twice a day; stop if vomiting`` after ``take 500 mg, twice a day``: what stands behind the first mark."""
    parts = re.split(r"\s*[;；,，]\s*|\s[-–—]\s|\s?(?=[(（])", line, maxsplit=1)
    if len(parts) == 1 or numbers_in(parts[0]) - numbers_in(said) or _LIMIT.search(parts[0]):
        return line
    words = set(re.findall(r"[^\W\d]+", parts[0].casefold())) - set(re.findall(r"[^\W\d]+", said.casefold()))
    if words or not parts[1]:
        return line
    whole = _CLOSED.fullmatch(parts[1])
    return whole.group(1).strip() if whole else parts[1]


def numbers_in(text: str) -> set[str]:
    """Figures of a text, ``5,000`` as 5000, ``2.50`` as 2.5; once, twice and 三次 count as figures too."""
    found = {
        f"{float(n.replace(',', '') if _GROUPED.fullmatch(n) else n.replace(',', '.')):g}"
        for n in _NUMBER.findall(text)
    }
    return found | {figure for word, figure in _COUNTS.items() if re.search(word, text, re.IGNORECASE)}


_GROUPED = re.compile(r"\d{1,3},\d{3}")
_COUNTS = {
    r"\bonce\b|一次": "1",
    r"\btwice\b|[两二]次": "2",
    r"\bthree times\b|三次": "3",
    r"\bfour times\b|四次": "4",
}


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
