"""What a sentence says of the things it names, against what its sources say of them.

Denied or affirmed, certain or suspected, planned or done, the patient's or a relative's; and whether one source speaks of the
things together that the sentence joins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.verification.facts import same_date
from assistant.verification.places import is_label
from assistant.verification.reading import Mark, Reading
from assistant.verification.status import Status, sentence_spans
from assistant.verification.vocabulary import is_imperative

_BARRED = re.compile(
    r"(?i)(?<!\w)(?:no|not|never|avoid|without)\s(?:[a-z]+\s)?$|(?:禁用|不用|避免|勿用|未用)$"
)
"""Directly in front of a medicine: it is not given, or is not to be."""


def _barred(reading: Reading, mark: Mark) -> bool:
    return bool(_BARRED.search(reading.text[max(0, mark.start - 12) : mark.start]))


def check_status(said: Reading, sources: Sequence[Reading]) -> str:
    imperative = is_imperative(said.text)
    for mark in said.of("word", "drug", "date"):
        found = [(r, m) for r in sources for m in _occurrences(mark, r)]
        barred = found and all(_barred(r, m) for r, m in found)
        if mark.kind == "drug" and barred and not _barred(said, mark):
            return f"“{mark.word}” is denied in the evidence"
        there = [m.status for _, m in found]
        if not there or (mark.kind == "date" and is_label(said, mark, sources)):
            continue
        reasons = [_differs(mark.status, status, imperative, drug=mark.kind != "word") for status in there]
        if all(reasons):
            return f"“{mark.word}” is {min(reasons, key=_ORDER.index)} in the evidence"
    return ""


def check_nearest(said: Reading, sources: Sequence[Reading]) -> str:
    """Where a source clause says nearly the same words, it is that clause that must agree, not words strewn elsewhere."""
    imperative = is_imperative(said.text)
    there = [(r, n, {m.key for m in r.in_clause(n, "word")}) for r in sources for n in range(len(r.clauses))]
    for number in range(len(said.clauses)):
        marks = {m.key: m for m in said.in_clause(number, "word")}
        most = max((len(marks.keys() & names) for _, _, names in there), default=0)
        if most < 2:
            continue
        nearest = [(r, n) for r, n, names in there if len(marks.keys() & names) == most]
        reasons = [_clause_differs(marks, r, n, imperative) for r, n in nearest]
        if all(reasons):
            return f"this is {reasons[0]} in the evidence"
    return ""


def _clause_differs(marks: dict[str, Mark], source: Reading, clause: int, imperative: bool) -> str:
    shared = {m.key: m for m in source.in_clause(clause, "word") if m.key in marks}
    differs = [_differs(marks[k].status, m.status, imperative, drug=False) for k, m in shared.items()]
    wrong = [d for d in differs if d in ("denied", "affirmed", "a relative's", "the patient's")]
    return wrong[0] if 2 * len(wrong) > len(differs) else ""


_ORDER = ["denied", "affirmed", "not clearly denied", "only planned", "done already", "a relative's", "the patient's", "only suspected", "certain", "of the past"]  # fmt: skip


def _occurrences(mark: Mark, source: Reading) -> list[Mark]:
    if mark.date is not None:
        return [m for m in source.of("date") if m.date is not None and same_date(mark.date, m.date)]
    return [m for m in source.marks if (m.names or m.kind == "echo") and m.key == mark.key]


def _differs(said: Status, there: Status, imperative: bool, *, drug: bool) -> str:
    """How the source's word on it differs from the sentence's; empty where it does not."""
    if said.negated is None and there.negated is False:
        return "affirmed"
    if said.negated is not None and not drug and there.negated is not said.negated:
        return "not clearly denied" if there.negated is None else "denied" if there.negated else "affirmed"
    if there.planned and not (said.planned or imperative or there.done):
        return "only planned"
    if said.planned and there.done and not there.planned and not said.done:
        return "done already"
    if there.kin != said.kin:
        return "a relative's" if there.kin else "the patient's"
    if said.negated and there.negated:
        return ""
    if there.doubtful and not said.doubtful:
        return "only suspected"
    if said.doubt_near and not (there.doubtful or there.planned):
        return "certain"
    if there.past and said.now and not said.past and not there.now:
        return "of the past"
    return ""


_CONDITION = re.compile(r"\b(?:if|when|unless)\b|(?:如|若)(?![下上前])|时(?=[,，用予给口]|应)", re.IGNORECASE)


def check_conditions(said: Reading, sources: Sequence[Reading]) -> str:
    """``if A then B``: one sentence of one source holds all the figures of both."""
    for start, end in sentence_spans(said.text):
        figures = {m.key for m in said.of("number") if start <= m.start < end}
        if len(figures) < 2 or not _CONDITION.search(said.text, start, end):
            continue
        if not any(
            figures <= {m.key for m in r.of("number") if a <= m.start < b}
            for r in sources
            for a, b in sentence_spans(r.text)
        ):
            return "no single source sets this condition"
    return ""


_MAN = re.compile(r"\b(?:man|male|gentleman|boy|mr)\b|男", re.IGNORECASE)
_WOMAN = re.compile(r"\b(?:woman|female|lady|girl|mrs|ms)\b|女(?!儿)", re.IGNORECASE)
_SEX_AGE = re.compile(r"(?<=years old )\s*([MF])\b")


def check_sex(said: Reading, sources: Sequence[Reading]) -> str:
    stated = _sexes(said)
    known = set().union(*(_sexes(r) for r in sources)) if sources else set()
    return (
        "the patient is of the other sex in the evidence" if stated and known and not stated & known else ""
    )


def _sexes(reading: Reading) -> set[str]:
    found = {m.group(1) for m in _SEX_AGE.finditer(reading.text)}
    return (
        found
        | ({"M"} if _MAN.search(reading.text) else set())
        | ({"F"} if _WOMAN.search(reading.text) else set())
    )


def check_joined(said: Reading, sources: Sequence[Reading]) -> str:
    """A clause must lean on one sentence of one source that has most of what it names, and its drugs."""
    spoken = [
        (r, {m.key for m in r.in_sentence(n) if m.names or m.kind == "echo"})
        for r in sources
        for n in _firsts(r)
    ]
    for number in range(len(said.clauses)):
        marks = [m for m in said.in_clause(number) if m.names]
        names, drugs = {m.key for m in marks}, {m.key for m in marks if m.kind == "drug"}
        if len(names) < 2:
            continue
        if not any(_leans(names, drugs, r, sentence) for r, sentence in spoken):
            one = next(iter(drugs), marks[0].word)
            if len(drugs) < 2 or not all(any(d in r.held for r in sources) for d in drugs):
                return f"no single source says this of {one}"
    return ""


def _firsts(reading: Reading) -> list[int]:
    """One clause of each sentence."""
    return list({c.sentence: n for n, c in enumerate(reading.clauses)}.values())


def _leans(names: set[str], drugs: set[str], source: Reading, sentence: set[str]) -> bool:
    need = 2 if len(names) < 4 else (len(names) + 1) // 2
    return (
        drugs <= source.held
        and 3 * len(names & source.held) >= 2 * len(names)
        and len(names & sentence) >= need
    )


def check_denials(said: Reading, sources: Sequence[Reading]) -> str:
    """A denial must deny something that can be looked up."""
    for number, clause in enumerate(said.clauses):
        if clause.denied_from is None and clause.denied_before is None:
            continue
        if not said.in_sentence(number, "word", "drug") and not _denies_alike(clause.text, sources):
            return "the denial names nothing that can be checked"
    return ""


def _denies_alike(text: str, sources: Sequence[Reading]) -> bool:
    plain = re.sub(r"\W+", " ", text).strip().casefold()
    return any(plain in re.sub(r"\W+", " ", r.text).casefold() for r in sources)
