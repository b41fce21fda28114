"""The hospital course: what happened, problem by problem and day by day. The model words it from numbered statements of the record; what it does
not cover, or words wrongly, stands in the record's own words. Structured records give dated events instead of notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from assistant.domain.answer import MedicationChange, Sentence
from assistant.domain.events import Event, SentenceShown
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import Assertion, PatientRecord, Place, ProcedureStatus, Statement
from assistant.domain.stay import Period, period_of, sort_key
from assistant.records.dose_text import read_dosing
from assistant.records.dosing import same_dose
from assistant.records.reconcile import reconcile
from assistant.tasks.base import Turn
from assistant.tasks.course_choice import changes_treatment, chosen_statements
from assistant.tasks.problems import group_by_problem
from assistant.tasks.stating import day, record_evidence, stated, tidy
from assistant.tasks.writing import reword
from assistant.verification.facts import quantities_in
from assistant.verification.terms import ACTIONS, canonical, stem, terms_in

COVERED_SHARE = 0.85
"""A statement is replaced by the model's wording only where that holds this share of its content words."""
INSTRUCTIONS = {
    "en": "Write the note as plain sentences.",
    "zh": "把这条记录写成完整的句子。",
}
EXAMPLES = (
    (
        ["K 5.9 -> hold ramipril, ECG ok."],
        "Ramipril was held because potassium was 5.9, and the ECG was normal [1].",
    ),
    (
        ["CT head: no bleed. Fall likely mechanical."],
        "CT of the head showed no bleed [1]. The fall was likely mechanical [1].",
    ),
    (
        ["IV co-amox -> PO, afebrile 48h."],
        "Co-amoxiclav was changed from intravenous to oral, and the patient had been afebrile for 48 hours [1].",
    ),
)
_TELEGRAPHIC = re.compile(
    r"->|→|=>|\b(?:c/o|w/|s/p|d/c|f/u|r/o|pt|abx|hx|rx|dx)\b|^(?!.*\b(?:was|were|is|are|has|had)\b)",
    re.IGNORECASE,
)
"""Notes that are not yet sentences; a statement that is one stands as it is."""


def hospital_course(turn: Turn, record: PatientRecord) -> Iterator[Event]:
    """Sentences of the course in time order, each shown as soon as it is checked.

    The model is asked for one statement at a time: a small model that sees several joins what does not belong together.
    """
    chosen = chosen_statements(record)
    current = current_doses(reconcile(record, turn.services.formulary))
    if not chosen:
        yield from _events_of(turn, record)
        return
    left_s = turn.services.draft_budget_s
    for problem, statements in group_by_problem(record, chosen):
        for statement in statements:
            began = turn.model_s
            for event in _tell(turn, record, statement, left_s, current):
                yield _in_group(event, problem)
            left_s -= turn.model_s - began


def _in_group(event: Event, problem: str) -> Event:
    if isinstance(event, SentenceShown) and problem:
        return replace(event, sentence=replace(event.sentence, group=problem))
    return event


def _tell(
    turn: Turn, record: PatientRecord, statement: Statement, left_s: float, current: Mapping[str, str]
) -> Iterator[Event]:
    """The statement worded by the model where that is right and whole; else in the record's words."""
    lead = _lead(turn, record, statement, current)
    told: list[Sentence] = []
    if _TELEGRAPHIC.search(statement.text):
        evidence = [
            record_evidence(record, statement.place, date=statement.date or "", section=statement.section)
        ]
        told = yield from reword(
            turn,
            INSTRUCTIONS[turn.language],
            evidence,
            statement.text,
            budget_s=left_s,
            examples=EXAMPLES,
        )
    if _covers(told, statement):
        for sentence in told:
            yield SentenceShown("hospital_course", replace(sentence, text=lead + sentence.text))
        return
    text = _without_day(tidy(statement.text)) if lead else tidy(statement.text)
    ended = text if re.search(r"[.!?。！？]$", text) else text + turn.say(".", "。")
    yield SentenceShown(
        "hospital_course", stated(record, lead + ended, [statement.place], date=statement.date or "")
    )


_LEADING_DAY = re.compile(
    r"^(?:(?:20\d\d[-/年])?\d{1,2}(?:[-/.]|月)\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)(?:\s+\d\d?[:：]\d\d)?[\s:：,]+(?=[^\d/%])",
    re.IGNORECASE,
)


def _without_day(text: str) -> str:
    """The day stands before the sentence already."""
    return _LEADING_DAY.sub("", text)


def _lead(turn: Turn, record: PatientRecord, statement: Statement, current: Mapping[str, str]) -> str:
    """The date; for a list of treatments that they were first or then given; and a warning where a dose is no longer the one.

    A dose of the stay that differs from the discharge dose must not be read as what to take now.
    """
    colon = turn.say(": ", "：")
    date = day(statement.date)
    stay = record.encounter
    lead = f"{date}{colon}" if date else ""
    if has_earlier_dose(statement.text, current, turn):
        return f"{date} {turn.say('(earlier dose)', '（当时剂量，后已更改）')}{colon}".lstrip()
    if statement.section == "plan" and not changes_treatment(statement.text):
        first = bool(stay and date and day(stay.admitted) == date)
        return lead + (
            turn.say("initial treatment: ", "入院初治疗：")
            if first
            else turn.say("treatment then: ", "当时治疗：")
        )
    return lead


def current_doses(medicines: Sequence[ReconciledMedicine]) -> dict[str, str]:
    """Generic name → all doses that stand after discharge, as written; "" for a medicine that is stopped or held."""
    doses: dict[str, str] = {}
    for m in medicines:
        if m.generic:
            stands = (
                ""
                if m.change is MedicationChange.STOPPED
                else " ".join(s.place.quote for s in m.statements[-1:]) + f" {m.dose} {m.duration}"
            )
            doses[m.generic] = f"{doses.get(m.generic, '')} {stands}".strip()
    return doses


_NO_DOSE = re.compile(
    r"(?i)\b(?:max(?:imum)?\.?|up to|no more than|not more than|total|correction|sliding)\b[^;.]*(?:\.\d[^;.]*)*|[(\[][^()\[\]]*(?:/\s?(?:wk|week)|previous|was)\b[^()\[\]]*[)\]]"
)
"""``max 25 mg/24 h``, ``+ correction: 150-199 1u``, ``(27.5 mg/wk)``: amounts that are no dose to compare."""


def has_earlier_dose(text: str, current: Mapping[str, str], turn: Turn) -> bool:
    """True where the text names a dose of a discharge medicine that is not its dose after discharge."""
    mentions = turn.services.formulary.names_in(text)
    for index, mention in enumerate(mentions):
        if not current.get(mention.generic):
            continue
        end = mentions[index + 1].start if index + 1 < len(mentions) else len(text)
        told = read_dosing(text[mention.end : end]).dose
        if told and same_dose(told, current[mention.generic]) is False:
            return True  # `1 mg morning and evening` against `1.5 mg morning, 1 mg evening`
        now = {(q.value, q.unit) for q in quantities_in(current[mention.generic], loose=True)}
        for quantity in quantities_in(_NO_DOSE.sub(" ", text[mention.end : end]), loose=True):
            if (
                quantity.unit in ("mg", "mcg", "g", "unit", "mL")
                and (quantity.value, quantity.unit) not in now
            ):
                return True
    return False


def _covers(told: Sequence[Sentence], statement: Statement) -> bool:
    """True where the model's checked sentences say all that the statement says, in its order, and nothing of their own.

    A small model passes the checks of facts with sentences that mean little ("the patient had been 4/10"): so the
    statement's words and figures must come in the same order, every clause with a figure must name what it is the figure
    of, and the words added may only be those that make a sentence of a note.
    """
    if not told:
        return False
    said = " ".join(s.text for s in told)
    wanted, words = _marks(statement.text), _marks(said)
    if not wanted or _in_common(wanted, words) < COVERED_SHARE * len(wanted):
        return False
    if not all(figure in said for figure in re.findall(r"\d+(?:\.\d+)?", statement.text)):
        return False
    if any(re.search(r"\d", clause) and not terms_in(clause) for clause in _CLAUSES.split(said)):
        return False
    if not _same_denials(statement.text, said) or _MEANINGLESS.search(said):
        return False
    if re.search(r"\bgiven\b", said) and not re.search(r"\b(?:given|gave)\b", statement.text):
        return False  # "Glu 190-230 was given": a note that says nothing of giving gets no such verb
    added = set(re.findall(r"[a-z]+", said.lower())) - set(
        re.findall(r"[a-z]+", canonical(statement.text).lower())
    )
    acts = {name for name, pattern in ACTIONS if pattern.search(said) and name not in ("give", "start")}
    told_acts = {name for name, pattern in ACTIONS if pattern.search(statement.text)} | (
        {"switch"} if "->" in statement.text or "→" in statement.text else set()
    )
    return acts <= told_acts and len(added - _JOINING) <= MAX_ADDED_WORDS


_DENIALS = (
    re.compile(r"\bcancel\w*", re.IGNORECASE),
    re.compile(r"\bexclud\w*|\bruled out\b|\br/o\b", re.IGNORECASE),
    re.compile(r"\b(?:no|not|nil|never|without|none|den(?:y|ies|ied)|negative)\b|n't\b", re.IGNORECASE),
    re.compile(r"\bresolv\w*", re.IGNORECASE),
)
_MEANINGLESS = re.compile(
    r"\b(\w+) (?:was|were|is|had been) \1\b|\bno\b[^.;,]*\b(?:excluded|ruled out|negative|cancelled)\b",
    re.IGNORECASE,
)
"""Says nothing ("delirium was delirium") or denies a denial ("no intussusception was excluded")."""


def _same_denials(note: str, said: str) -> bool:
    """True where each kind of denial stands as often in the wording as in the note: none lost, none added."""
    return all(len(cue.findall(note)) == len(cue.findall(said)) for cue in _DENIALS)


MAX_ADDED_WORDS = 3
_CLAUSES = re.compile(r"[.;,](?:\s|$)|\band\b")
_JOINING = frozenset(
    "the a an of to in on at by for from with and or as because was were is are be been being had has have patient he she "
    "his her it this that which who there then no not once twice daily day days every night given showed shown".split()
)


def _marks(text: str) -> list[str]:
    """Content stems and figures, in order."""
    return [
        stem(w) if w[0].isalpha() else w
        for w in re.findall(r"[A-Za-z]{2,}|\d+(?:\.\d+)?", canonical(text))
        if w.lower() not in _JOINING
    ]


def _in_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


def _events_of(turn: Turn, record: PatientRecord) -> Iterator[Event]:
    """Dated events of a structured record: what was found, done and given during the stay."""
    stay = record.encounter
    events: list[tuple[str, str, Place]] = []
    for c in record.conditions:
        if c.onset and c.assertion is Assertion.PRESENT and period_of(c.onset, stay) is Period.DURING:
            events.append((c.onset, turn.say(f"{c.name} was recorded.", f"记录诊断：{c.name}。"), c.place))
    for p in record.procedures:
        if p.date and p.status is ProcedureStatus.DONE and period_of(p.date, stay) is Period.DURING:
            events.append((p.date, turn.say(f"{p.name} was done.", f"完成：{p.name}。"), p.place))
    for m in record.medications:
        if m.date and period_of(m.date, stay) is Period.DURING and m.action.value == "take":
            events.append((m.date, turn.say(f"{m.name} was ordered.", f"开具：{m.name}。"), m.place))
    for s in record.statements:
        if s.section == "diagnostic_report" and period_of(s.date, stay) is Period.DURING:
            events.append((s.date or "", tidy(s.text) + turn.say(".", "。"), s.place))
    seen: set[tuple[str, str]] = set()
    for moment, text, place in sorted(events, key=lambda e: sort_key(e[0])):
        key = (day(moment), text)
        if key in seen:
            continue
        seen.add(key)
        lead = f"{day(moment)}{turn.say(': ', '：')}"
        yield SentenceShown("hospital_course", stated(record, lead + text, [place], date=moment))
    if not seen and stay and stay.reason and stay.places:
        text = turn.say(
            f"Admitted for {stay.reason}; no notes of the stay are in this record.",
            f"因{stay.reason}入院；本记录中没有住院期间的病程。",
        )
        yield SentenceShown("hospital_course", stated(record, text, stay.places))
