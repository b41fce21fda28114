"""Evidence for a question: sentences of guideline passages and lines of the record, ranked, each with its exact place.

Knows the library and the record; refuses to know what is written from the evidence.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.domain.evidence import Evidence
from assistant.domain.record import Assertion, PatientRecord, Place
from assistant.tasks.stating import passage_evidence, record_evidence
from assistant.verification.terms import stem, terms_in
from knowledge.types import Passage, SearchResult

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
        if _ABBREVIATED.search(piece.rstrip()) and stop < len(passage.text):
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
            if len(text) > 12 and not _HEADING.match(passage.text[cursor:stop]):
                found.append((passage.start + begin, passage.start + begin + len(text), text))
        cursor = following
    return found


def rank_units(question: str, result: SearchResult, *, limit: int, patient: bool = False) -> list[Unit]:
    """The sentences of the retrieved passages that fit the question best, best first, without repeats.

    Fit is the share of the question's content words in the sentence and its heading, weighted by how rare each word is
    among the candidates, plus the passage's own score.
    """
    wanted = {t.stem for t in terms_in(question)}
    if not wanted:
        return []
    candidates: list[tuple[Passage, float, int, int, str, Counter[str]]] = []
    for hit in result.passages:
        around = {stem(w) for w in re.findall(r"[A-Za-z]{2,}", hit.passage.section)} | {
            t.stem for t in terms_in(hit.passage.section)
        }
        for start, end, text in units_of(hit.passage):
            words = Counter(t.stem for t in terms_in(text))
            words.update(around & wanted)
            candidates.append((hit.passage, hit.score, start, end, text, words))
    if not candidates:
        return []
    spread = Counter(w for *_, words in candidates for w in words if w in wanted)
    weight = {w: math.log(1 + len(candidates) / (1 + spread[w])) for w in wanted}
    total = sum(weight.values()) or 1.0
    best = max(hit.score for hit in result.passages) or 1.0
    ranked: list[Unit] = []
    seen: set[str] = set()
    for passage, score, start, end, text, words in candidates:
        key = re.sub(r"\W+", "", text).casefold()
        if key in seen:
            continue
        seen.add(key)
        fit = sum(weight[w] for w in wanted if w in words) / total
        lay = _is_for_patients(passage.section)
        fit += 0.25 * score / best + (0.3 if patient and lay else -0.15 if lay else 0.0)
        fit -= 0.3 if passage.superseded_by else 0.0
        ranked.append(Unit(passage, start, end, text, fit))
    ranked.sort(key=lambda u: -u.score)
    return ranked[:limit]


def _is_for_patients(section: str) -> bool:
    return bool(re.search(r"for patients|给患者|患者教育", section, re.IGNORECASE))


@dataclass(frozen=True)
class RecordLine:
    text: str
    evidence: Evidence
    score: float


def rank_record_lines(question: str, record: PatientRecord, *, limit: int) -> list[RecordLine]:
    """What the record says on the question: facts first, then sentences of notes; struck-out text never."""
    wanted = {t.stem for t in terms_in(question)}
    lines = [(text, place, bonus) for text, place, bonus in _lines(record)]
    asked = _asked_kinds(question)
    if not wanted and not asked:
        return []
    stems = [{t.stem for t in terms_in(text)} for text, _, _ in lines]
    spread = Counter(w for s in stems for w in s & wanted)
    weight = {w: math.log(1 + len(lines) / (1 + spread[w])) for w in wanted}
    total = sum(weight.values()) or 1.0
    found: list[RecordLine] = []
    taken: list[Place] = []
    for (text, place, kind), words in sorted(
        zip(lines, stems, strict=True),
        key=lambda item: (
            -(sum(weight[w] for w in item[1] & wanted) / total + (0.6 if item[0][2] in asked else 0.0))
        ),
    ):
        score = sum(weight[w] for w in words & wanted) / total + (0.6 if kind in asked else 0.0)
        if score < 0.25 or len(found) >= limit:
            break
        if any(
            place.document_id == p.document_id and place.start < p.end and p.start < place.end for p in taken
        ):
            continue
        taken.append(place)
        found.append(RecordLine(text, record_evidence(record, place), score))
    return found


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
    for allergy in record.allergies:
        yield allergy.place.quote, allergy.place, "allergy"
    for medicine in record.medications:
        yield medicine.place.quote, medicine.place, "medication"
    for pending in record.pending_results:
        yield pending.place.quote, pending.place, "pending"
    for follow_up in record.follow_ups:
        yield follow_up.place.quote, follow_up.place, "follow_up"
    for procedure in record.procedures:
        yield procedure.place.quote, procedure.place, "procedure"
    for condition in record.conditions:
        if condition.assertion not in (Assertion.ERRONEOUS, Assertion.FAMILY):
            yield condition.place.quote, condition.place, "condition"
    for observation in record.observations:
        if observation.assertion is not Assertion.ERRONEOUS:
            value = (
                f"{observation.name} {observation.value} {observation.unit or ''} {observation.time or ''}"
            )
            yield value, observation.place, "observation"
    for statement in record.statements:
        if statement.assertion is not Assertion.ERRONEOUS:
            yield statement.text, statement.place, "statement"


def unknown_words(question: str, known: Sequence[str]) -> list[str]:
    """Names in the question (capitalised or drug-like words) that appear in none of the ``known`` texts."""
    stands = {w.casefold() for text in known for w in re.findall(r"[A-Za-z][A-Za-z0-9-]+", text)}
    names = re.findall(r"(?<![.?!]\s)(?<!^)\b[A-Z][a-z]+[a-zA-Z0-9-]*\b|\b[A-Z]{3,}[-A-Z0-9]*\b", question)
    drugs = re.findall(
        r"\b[a-z]+(?:mab|nib|pril|sartan|olol|statin|azole|mycin|cillin|xaban|gliptin|gliflozin|tide|prazole|dipine|vir|profen|triptan|zumab|ximab)\b",
        question,
        re.I,
    )
    return [w for w in dict.fromkeys(names + drugs) if w.casefold() not in stands]
