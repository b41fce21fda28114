"""Evidence for a question: the sentences of guideline passages, and the lines of the record ranked, each with its exact place.

Knows the library and the record; refuses to know what is written from the evidence. Which guideline sentences answer best
is ``sentence_ranking``'s.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.domain.evidence import Evidence
from assistant.domain.record import Assertion, Observation, PatientRecord, Place
from assistant.domain.stay import sort_key
from assistant.safety.injection import find_instructions
from assistant.tasks.base import GuidelineSearch
from assistant.tasks.stating import day, passage_evidence, record_evidence, tidy
from assistant.verification.terms import canonical, terms_in
from knowledge.types import Passage

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

_UNIT_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"(\[])|(?<=[。！？])|\n+")
_GRADE = re.compile(r"\[[^\[\]\n]{2,60}\]\s*\.?$")
_HEADING = re.compile(r"^\s*#{1,6}\s|^\s*\|?[\s:|-]+\|?$")
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|Dr|no|St)|\b[A-Z])\.$")


@dataclass(frozen=True)
class Unit:
    """One guideline sentence with its place, and how well it fits the question (higher is better)."""

    passage: Passage
    start: int
    end: int
    text: str
    score: float
    likeness: float = 0.0
    """Cosine of its vector and the question's."""

    def evidence(self) -> Evidence:
        grade = _GRADE.search(self.text)
        return passage_evidence(
            self.passage, self.start, self.end, grade=grade.group().strip(" .[]") if grade else ""
        )


def units_of(passage: Passage) -> list[tuple[int, int, str]]:
    """Sentences and bullets of a passage as (start, end, text) in the guideline's text; headings are left out."""
    found: list[tuple[int, int, str]] = []
    cursor = 0
    cuts = list(_UNIT_END.finditer(passage.text))
    bounds = [(m.start(), m.end()) for m in cuts] + [(len(passage.text), len(passage.text))]
    for stop, following in bounds:
        piece = passage.text[cursor:stop]
        if (
            _ABBREVIATED.search(piece.rstrip())
            and "\n" not in passage.text[stop:following]
            and stop < len(passage.text)
        ):
            continue
        # A grade in brackets after the full stop belongs to its sentence.
        if found and re.fullmatch(r"\s*\[[^\]]{2,60}\]\.?\s*", piece):
            first, _, _ = found.pop()
            text = passage.text[first - passage.start : stop]
            found.append((first, passage.start + stop, text))
        else:
            lead = re.match(r"\s*(?:[-*•]\s+|\d{1,2}[.)]\s+)?", piece)
            begin = cursor + (lead.end() if lead else 0)
            text = passage.text[begin:stop].rstrip()
            if len(text) > (5 if re.search(r"[\u4e00-\u9fff]", text) else 12) and not _HEADING.match(
                passage.text[cursor:stop]
            ):
                found.append((passage.start + begin, passage.start + begin + len(text), text))
        cursor = following
    ordered = find_instructions(passage.text)
    if ordered:
        # A page that gives orders to an assistant is data: the order itself is never quoted as advice.
        found = [
            (start, end, text)
            for start, end, text in found
            if not any(start - passage.start < o.end and o.start < end - passage.start for o in ordered)
        ]
    return found


@dataclass(frozen=True)
class RecordLine:
    text: str
    evidence: Evidence
    score: float


def rank_record_lines(
    question: str, record: PatientRecord, formulary: Formulary, *, limit: int
) -> list[RecordLine]:
    """What the record says on the question: facts first, then sentences of notes; struck-out text never.

    A drug or class named in the question brings up the patient's medicines of that name or class.
    """
    asked = _Asked.of(question, record, formulary)
    if asked.nothing:
        return []
    lines = list(_lines(record))
    stems = [{t.stem for t in terms_in(text)} for text, _, _ in lines]
    weight = _rarity(asked.words, stems)
    scored = [(asked.fit(line, words, weight), line) for line, words in zip(lines, stems, strict=True)]
    found: list[RecordLine] = []
    taken: list[Place] = []
    for score, (text, place, kind) in sorted(scored, key=lambda item: -item[0]):
        if len(found) >= limit:
            break
        if score < (0.25 if asked.names(place, kind) else 0.5):
            continue
        if any(
            place.document_id == p.document_id and place.start < p.end and p.start < place.end for p in taken
        ):
            continue
        taken.append(place)
        found.append(RecordLine(in_one_line(text), record_evidence(record, place), score))
    return found


def _rarity(words: set[str], texts: Sequence[set[str]]) -> dict[str, float]:
    """Word → how telling it is among the texts (inverse document frequency)."""
    spread = Counter(w for stems in texts for w in stems & words)
    return {w: math.log(1 + len(texts) / (1 + spread[w])) for w in words}


@dataclass(frozen=True)
class _Asked:
    """What a question asks of the record: its words, kinds of facts, and the medicines it means."""

    words: set[str]
    kinds: set[str]
    medicines: set[tuple[str, int]]
    """Places of the medicines meant: document and start."""

    @classmethod
    def of(cls, question: str, record: PatientRecord, formulary: Formulary) -> _Asked:
        about = {m.generic for m in formulary.names_in(question)}
        about |= {c.drug_class for c in formulary.classes_in(question)}
        meant = {
            (m.place.document_id, m.place.start)
            for m in record.medications
            if m.generic and formulary.tags(m.generic) & about
        }
        return cls({t.stem for t in terms_in(question)}, _asked_kinds(question), meant)

    @property
    def nothing(self) -> bool:
        return not self.words and not self.kinds and not self.medicines

    def names(self, place: Place, kind: str) -> bool:
        """True where the line is of a kind or a medicine that is asked for, whatever its words."""
        return kind in self.kinds or (place.document_id, place.start) in self.medicines or kind == "series"

    def fit(self, line: tuple[str, Place, str], words: set[str], weight: Mapping[str, float]) -> float:
        text, place, kind = line
        if kind == "series":
            name = {t.stem for t in terms_in(re.split(r"\d|;", text)[0])}
            return 1.0 if name and name <= self.words else 0.0
        share = sum(weight[w] for w in words & self.words) / (sum(weight.values()) or 1.0)
        meant_here = (place.document_id, place.start) in self.medicines
        return share + (0.6 if kind in self.kinds else 0.0) + (0.6 if meant_here else 0.0)


_FORM_FIELDS = re.compile(
    r"^(?:status|verification|criticality|recorded|ordered|category|by|effective|issued|intent|note title)\b",
    re.IGNORECASE,
)


def in_one_line(text: str) -> str:
    """A laid-out resource as one line: its facts, without the fields of its form."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for i, line in enumerate(lines) if i == 0 or not _FORM_FIELDS.match(line)]
    return tidy("; ".join(kept))


_KINDS = (
    ("allergy", r"\ballerg|过敏"),
    (
        "medication",
        r"\b(?:medic(?:ine|ation)s?|drugs?|tablets?|taking|prescri\w+|home meds)\b|用药|药物|吃什么药|服用",
    ),
    ("pending", r"\bpending|awaited|outstanding|待报|未回报|未出"),
    ("follow_up", r"\bfollow[- ]?up|appointments?|随访|复诊|复查"),
    ("procedure", r"\b(?:procedures?|operations?|surger(?:y|ies))\b|手术|操作"),
    ("condition", r"\b(?:diagnos[ei]s|problems?|conditions?|history|comorbid\w+)\b|诊断|病史|既往"),
)


def _asked_kinds(question: str) -> set[str]:
    return {kind for kind, pattern in _KINDS if re.search(pattern, question, re.IGNORECASE)}


def _lines(record: PatientRecord) -> Iterable[tuple[str, Place, str]]:
    """Each fact as (text, place, kind), facts before statements.

    A fact of a note is told by its whole sentence: a fragment ("naproxen is safe") may have lost its "no".
    """
    facts: list[tuple[Place, str]] = [(a.place, "allergy") for a in record.allergies]
    facts += [(m.place, "medication") for m in record.medications]
    facts += [(p.place, "pending") for p in record.pending_results]
    facts += [(f.place, "follow_up") for f in record.follow_ups]
    facts += [(p.place, "procedure") for p in record.procedures]
    facts += [
        (c.place, "condition")
        for c in record.conditions
        if c.assertion not in (Assertion.ERRONEOUS, Assertion.FAMILY)
    ]
    laid_out = {d.id for d in record.documents if d.kind == "fhir"}
    yield from ((text, place, "series") for text, place in _series(record))
    for place, kind in facts:
        if place.document_id in laid_out:
            yield place.quote, place, kind
        else:
            whole = _sentence_around(record, place)
            yield whole.quote, whole, kind
    for statement in record.statements:
        if statement.assertion is not Assertion.ERRONEOUS:
            yield statement.text, statement.place, "statement"


def _sentence_around(record: PatientRecord, place: Place) -> Place:
    """The statement that holds the place, or its clause of the line where no statement does or it is long."""
    for statement in record.statements:
        p = statement.place
        if (
            p.document_id == place.document_id
            and p.start <= place.start
            and place.end <= p.end
            and p.end - p.start <= 400
        ):
            return p
    text = record.document(place.document_id).text
    start = max(
        (text.rfind(mark, 0, place.start) + len(mark) for mark in ("\n", ". ", "; ", "。", "；")), default=0
    )
    ends = [text.find(mark, place.end) for mark in ("\n", ". ", "; ", "。", "；")]
    end = min((e for e in ends if e >= 0), default=len(text))
    return Place(place.document_id, max(start, 0), end, text[max(start, 0) : end])


def _series(record: PatientRecord) -> Iterable[tuple[str, Place]]:
    """The newest valid value of each test or sign, with the values before it, newest first."""
    groups: dict[str, list[Observation]] = {}
    for o in record.observations:
        if o.assertion is Assertion.PRESENT:
            groups.setdefault(canonical(o.name).casefold(), []).append(o)
    for values in groups.values():
        values.sort(key=lambda o: sort_key(o.time), reverse=True)
        newest = values[0]
        unit = f" {newest.unit}" if newest.unit and newest.unit not in newest.value else ""
        when = f" ({day(newest.time)})" if newest.time else ""
        before = [f"{o.value} ({day(o.time)})" if o.time else o.value for o in values[1:6]]
        told = f"{newest.name} {newest.value}{unit}{when}" + (
            f"; before: {', '.join(before)}" if before else ""
        )
        yield told, newest.place


_LEAST_NAME = 6
"""Letters of the shortest word that may be a medicine's name where it has no capital: ``abx`` and ``obs`` are ward words."""


def unknown_names(
    question: str, library: GuidelineSearch, formulary: Formulary, record: PatientRecord | None
) -> list[str]:
    """Latin words of the question that neither the library, the formulary, the record nor everyday language knows.

    An invented drug or trial is such a word; a question that turns on one cannot be answered from here.
    """
    stands = {w.casefold() for w in re.findall(r"[A-Za-z][A-Za-z0-9-]+", record.text())} if record else set()
    words = re.findall(r"(?<![A-Za-z0-9-])[A-Za-z][A-Za-z-]{2,}[A-Za-z0-9]*(?![A-Za-z0-9])", question)
    unknown = []
    for word in dict.fromkeys(words):
        parts = [p for p in word.split("-") if len(p) > 2] or [word]
        if word.casefold() in stands or formulary.find(word) is not None:
            continue
        if word.islower() and len(word) < _LEAST_NAME:
            continue
        if not all(library.knows(part) for part in parts):
            unknown.append(word)
    return unknown
