"""A text as the checks see it: every drug, number, date, frequency and word, with its place, clause and status.

Owns that a note and a sentence are read by the same steps: shorthand written out, equal terms under one spelling, then marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.verification import schedules
from assistant.verification.facts import DateMention, Quantity, dates_in, quantities_in, sides_in
from assistant.verification.shorthand import expand
from assistant.verification.status import Clause, Status, clauses_of, status_at
from assistant.verification.terms import canonical
from assistant.verification.vocabulary import echoes_in, words_in


class DrugNames(Protocol):
    """What is needed of a formulary: the drug names in a text (``knowledge.formulary.Formulary``)."""

    def names_in(self, text: str) -> Sequence[DrugMention]: ...


class DrugMention(Protocol):
    @property
    def generic(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True)
class Mark:
    """``key`` is what is compared: a stem, a generic name, the name of a frequency."""

    kind: str
    """``word``, ``drug``, ``number``, ``date``, ``often``, ``clock``; ``echo`` for a source's Chinese characters across words"""
    key: str
    word: str
    start: int
    end: int
    clause: int
    status: Status
    quantity: Quantity | None = None
    date: DateMention | None = None

    @property
    def names(self) -> bool:
        """Whether it names a thing, as against a figure."""
        return self.kind in ("word", "drug")


@dataclass(frozen=True)
class Reading:
    text: str
    clauses: tuple[Clause, ...]
    marks: tuple[Mark, ...]
    written: str = ""
    """ISO date on which the text was written, where known."""

    def of(self, *kinds: str) -> list[Mark]:
        return [m for m in self.marks if m.kind in kinds]

    def in_clause(self, clause: int, *kinds: str) -> list[Mark]:
        return [m for m in self.marks if m.clause == clause and (not kinds or m.kind in kinds)]

    def in_sentence(self, clause: int, *kinds: str) -> list[Mark]:
        sentence = self.clauses[clause].sentence
        return [
            m for m in self.marks if self.clauses[m.clause].sentence == sentence and (not kinds or m.kind in kinds)
        ]  # fmt: skip

    @property
    def names(self) -> set[str]:
        return {m.key for m in self.marks if m.names}

    @property
    def held(self) -> set[str]:
        """All that may bear out a word, characters across words included."""
        return {m.key for m in self.marks if m.names or m.kind == "echo"}

    def clause_text(self, clause: int) -> str:
        return self.clauses[clause].text

    def sides(self) -> list[tuple[str, int]]:
        """Each side with the clause that names it."""
        return [(side, i) for i, c in enumerate(self.clauses) for side in sides_in(c.text)]


_Found = tuple[str, str, str, int, int, Quantity | None, DateMention | None]


def read(text: str, drugs: DrugNames, *, source: bool = False, written: str = "") -> Reading:
    """``source``: a lone pair such as 8/15 is taken for a date and for two numbers, as a chart may mean either."""
    plain = canonical(expand(text))
    certain = [(d.start, d.end) for d in dates_in(plain)]
    clauses = clauses_of(_masked(plain, certain)) or clauses_of(plain)
    marks = []
    for kind, key, word, start, end, quantity, date in sorted(
        _found(plain, drugs, source), key=lambda f: f[3:5]
    ):
        clause = _clause_at(clauses, start)
        if clause is not None:
            status = status_at(clauses[clause], start)
            marks.append(Mark(kind, key, word, start, end, clause, status, quantity, date))
    return Reading(plain, tuple(clauses), tuple(marks), written)


def _found(plain: str, drugs: DrugNames, source: bool) -> list[_Found]:
    mentions = list(drugs.names_in(plain))
    dates = dates_in(plain, loose=source)
    found: list[_Found] = [
        ("drug", m.generic, plain[m.start : m.end], m.start, m.end, None, None) for m in mentions
    ]
    found += [("date", d.text, d.text, d.start, d.end, None, d) for d in dates]
    quantities = [
        q for q in quantities_in(plain, loose=source) if not any(m.start <= q.start < m.end for m in mentions)
    ]
    found += [("number", str(q.value), q.text, q.start, q.end, q, None) for q in quantities]
    for mark in schedules.MARK.finditer(plain):
        kind = "clock" if schedules.is_clock(mark.group()) else "often"
        name = schedules.kind_of(mark.group())
        found.append((kind, name, name, mark.start(), mark.end(), None, None))
    spans = [(d.start, d.end) for d in dates] + [(m.start, m.end) for m in mentions]
    hidden = _masked(plain, spans + [(q.start, q.end) for q in quantities if q.unit])
    found += [("word", *word, None, None) for word in words_in(hidden)]
    if source:
        known = {f[3:5] for f in found}
        found += [("echo", *echo, None, None) for echo in echoes_in(hidden) if echo[2:] not in known]
    return found


def _masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + re.sub(r"\S", "\u2005", text[start:end]) + text[end:]
    return text


def _clause_at(clauses: Sequence[Clause], place: int) -> int | None:
    """The clause at ``place``; what stands between two belongs to the one before."""
    best = None
    for number, clause in enumerate(clauses):
        if clause.start <= place:
            best = number
    return best if best is not None else (0 if clauses else None)


def without_seams(said: Reading, sources: Sequence[Reading]) -> Reading:
    """``said`` without the pairs of Chinese characters that arise where two phrases of one source sentence meet.

    肌力左上肢4级 → 左上肢肌力4级: 肢肌 stands nowhere, 上肢 and 肌力 do, in one sentence.
    """
    spoken = []
    for reading in sources:
        for clause in {c.sentence: n for n, c in enumerate(reading.clauses)}.values():
            spoken.append({m.key for m in reading.in_sentence(clause) if m.names or m.kind == "echo"})
    words = [m for m in said.marks if m.kind == "word" and len(m.key) == 2 and not m.key.isascii()]
    kept = set(range(len(said.marks)))
    for before, seam, behind in zip(words, words[1:], words[2:], strict=False):
        joined = before.end - 1 == seam.start and seam.end - 1 == behind.start
        apart = any(before.key in s and behind.key in s for s in spoken)
        if joined and apart and not any(seam.key in s for s in spoken):
            kept.discard(said.marks.index(seam))
    return replace(said, marks=tuple(m for n, m in enumerate(said.marks) if n in kept))
