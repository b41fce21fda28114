"""Which sentences of the retrieved guidelines answer a question best.

Owns the signs of a good answer and their weights, which are a pairwise logistic regression on half of the questions of
``evals/cases/library_answers.jsonl`` (``evals.answers`` fits and measures them). Refuses to search and to word anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.tasks.base import GuidelineSearch
from assistant.tasks.gathering import Unit, units_of
from assistant.tasks.question_kinds import kinds_asked
from knowledge.everyday import specificity
from knowledge.keyword import terms
from knowledge.persons import age_in
from knowledge.query import Query, understand
from knowledge.types import Passage, SearchResult

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

SIGNS = (
    "words",
    "words_most",
    "words_around",
    "likeness",
    "passage",
    "passage_words",
    "document",
    "section",
    "gives",
    "unfit",
    "leans",
    "lay",
    "language",
)
"""Shares of the question's words in the sentence (also against the best one), in it with its headings and in its passage;
cosine; scores of passage and document; fitting heading and wording; an age that is not the patient's; leaning on the
sentence before; written for patients (for them a merit); in the question's language."""
WEIGHTS = {
    "en": (1.45, 2.16, 2.32, 13.3, 1.22, 0.39, 3.39, 0.54, 2.48, -4.0, -0.5, -1.89, 0.68),
    "zh": (2.18, 2.2, 3.31, 3.2, 0.92, 1.76, 4.1, 1.23, 1.32, -4.0, -0.5, -2.27, -0.99),
}
"""In the order of ``SIGNS``, by the question's language. ``unfit`` is set by hand: another age's dose must not come first."""
IN_TITLE = 0.3
"""What a word counts that stands in the document's title: all of its sentences are about that."""
ENOUGH = 0.73
"""Where one in ten questions of the fitted half that the library answers is declined."""
READ_WHOLE = 3
"""Documents of which every passage is looked through; of the others only the passages found."""
AROUND = 20
"""Passages of a long document that are read around those found."""
NEAR_BEST = 0.8
"""Share of the best passage's score from which on a document is read whole."""
LOOKED_AT = 80
"""Candidates, best by words, whose likeness is computed."""
_UNKNOWN_LIKENESS = 0.35
"""In place of the likeness of a sentence in a language that the embedding model does not know."""


@dataclass(frozen=True)
class _Candidate:
    passage: Passage
    score: float
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class _Idea:
    """One thing that the question names, with every way of saying it as sets of terms."""

    ways: tuple[frozenset[str], ...]
    special: float

    def held_in(self, words: set[str]) -> bool:
        return any(way <= words for way in self.ways)


def rank_units(
    question: str,
    result: SearchResult,
    library: GuidelineSearch,
    formulary: Formulary,
    *,
    limit: int,
    patient: bool = False,
) -> list[Unit]:
    """The sentences that answer the question best, best first, without repeats; scores are of one question only."""
    candidates = _candidates(result, library)
    if not candidates:
        return []
    signs = signs_of(question, candidates, library, formulary, patient=patient)
    weights = WEIGHTS["zh" if understand(question).chinese else "en"]
    scores = signs @ np.array(weights, np.float32)
    order = sorted(range(len(candidates)), key=lambda i: -scores[i])
    likeness = signs[:, SIGNS.index("likeness")]
    best = [(candidates[i], float(scores[i]), float(likeness[i])) for i in order[:limit]]
    return [Unit(c.passage, c.start, c.end, c.text, score, alike) for c, score, alike in best]


def answered(result: SearchResult, units: Sequence[Unit]) -> bool:
    """Whether the best of the ranked sentences answer the question: the library's own judgement and their likeness to it."""
    if not units:
        return False
    held = min(max(result.answerability, _LEAST_LIKELY), 1 - _LEAST_LIKELY)
    likeness = max(unit.likeness for unit in units[:3])
    return 0.59 * math.log(held / (1 - held)) + 2.59 * likeness > ENOUGH


def asks_of_times_to_come(question: str, today: date) -> bool:
    """``What will the 2035 guideline recommend?``: no guideline of today tells."""
    return any(int(year) > today.year for year in _YEAR.findall(question))


def _candidates(result: SearchResult, library: GuidelineSearch) -> list[_Candidate]:
    """Sentences of the passages found and of all passages of the best documents; each text once."""
    if not result.passages:
        return []
    best = max(hit.score for hit in result.passages)
    scored = {hit.passage.passage_id: (hit.passage, hit.score) for hit in result.passages}
    documents: dict[str, float] = {}
    for hit in result.passages:
        documents[hit.passage.doc_id] = max(documents.get(hit.passage.doc_id, 0.0), hit.score)
    whole = sorted(documents, key=lambda d: -documents[d])[:READ_WHOLE]
    for doc_id in whole:
        if documents[doc_id] >= NEAR_BEST * best:
            for passage in _around(library.passages(doc_id), scored.keys()):
                scored.setdefault(passage.passage_id, (passage, 0.0))
    found: list[_Candidate] = []
    seen: set[str] = set()
    for passage, score in scored.values():
        for start, end, text in units_of(passage):
            key = re.sub(r"\W+", "", text).casefold()
            if key not in seen:
                seen.add(key)
                found.append(_Candidate(passage, score, start, end, text))
    return found


def _around(passages: Sequence[Passage], found: Collection[str]) -> list[Passage]:
    """All of a short document; of a long one what stands near the passages found."""
    if len(passages) <= 2 * AROUND:
        return list(passages)
    at = [i for i, p in enumerate(passages) if p.passage_id in found]
    return [p for i, p in enumerate(passages) if any(abs(i - j) <= AROUND // 2 for j in at)]


def signs_of(
    question: str,
    candidates: Sequence[_Candidate],
    library: GuidelineSearch,
    formulary: Formulary,
    *,
    patient: bool,
) -> NDArray[np.float32]:
    """``(candidates, len(SIGNS))``, each sign about 0 to 1."""
    query = understand(question)
    ideas = _ideas(query)
    own = [set(terms(c.text)) for c in candidates]
    spread = [sum(idea.held_in(words) for words in own) for idea in ideas]
    weight = np.array(
        [idea.special * math.log(1 + len(own) / (1 + n)) for idea, n in zip(ideas, spread, strict=True)]
    )
    title_of = {c.passage.doc_id: set(terms(c.passage.title)) for c in candidates}
    weight_of = {
        doc_id: weight * [IN_TITLE if idea.held_in(title) else 1.0 for idea in ideas]
        for doc_id, title in title_of.items()
    }
    passage_of = {c.passage.passage_id: set(terms(c.passage.text)) for c in candidates}

    def share(c: _Candidate, words: set[str]) -> float:
        weights = weight_of[c.passage.doc_id]
        total = float(weights.sum()) or 1.0
        return float(weights @ [idea.held_in(words) for idea in ideas]) / total if ideas else 0.0

    pairs = list(zip(candidates, own, strict=True))
    words = [share(c, held) for c, held in pairs]
    around = [
        share(c, held | set(terms(c.passage.section)) | title_of[c.passage.doc_id]) for c, held in pairs
    ]
    in_passage = {c.passage.passage_id: share(c, passage_of[c.passage.passage_id]) for c in candidates}
    likeness = _likeness(query, candidates, [a + b for a, b in zip(words, around, strict=True)], library)
    top = max(c.score for c in candidates) or 1.0
    documents: dict[str, float] = {}
    for c in candidates:
        documents[c.passage.doc_id] = max(documents.get(c.passage.doc_id, 0.0), c.score)
    kinds = kinds_asked(question)
    age = age_in(question)
    most = max(words) or 1.0
    rows = []
    for i, c in enumerate(candidates):
        heading = c.passage.section
        lay = bool(_FOR_PATIENTS.search(heading))
        rows.append(
            (
                words[i],
                words[i] / most,
                around[i],
                likeness[i],
                c.score / top,
                in_passage[c.passage.passage_id],
                documents[c.passage.doc_id] / top - (1.0 if c.passage.superseded_by else 0.0),
                _mean([bool(k.sections.search(heading)) for k in kinds]),
                _mean([k.given_in(c.text, lambda t: bool(formulary.names_in(t))) for k in kinds]),
                float(age is not None and not ages_fit(c.text, age)),
                float(bool(_LEANS.match(c.text))),
                float(lay) * (-1.0 if patient else 1.0),
                float(query.chinese == bool(_HAN.search(c.text))),
            )
        )
    return np.array(rows, np.float32)


def ages_fit(sentence: str, age: float) -> bool:
    """Whether a patient of ``age`` (years) is among those whose ages the sentence names; True where it names none."""
    spans: list[tuple[float, float]] = []
    for m in _AGES.finditer(sentence):
        unit = 12.0 if (m["unit"] or "")[:5].casefold() == "month" or "月" in (m["unit"] or "") else 1.0
        low, high = m["low"], m["high"]
        low_unit = 12.0 if m["low_unit"] else unit
        if m["over"] or m["more"]:
            spans.append((float(low) / unit, math.inf))
        elif m["under"]:
            spans.append((0.0, float(low) / unit))
        elif high:
            spans.append((float(low) / low_unit, float(high) / unit + 0.99))
    if spans:
        return any(low <= age <= high for low, high in spans)
    grown, young = bool(_GROWN.search(sentence)), bool(_YOUNG.search(sentence))
    return grown == young or (age >= _ADULT) == grown


def _ideas(query: Query) -> list[_Idea]:
    """Each way of saying that the tables know as one idea with its others, then every word that is in none."""
    found: list[_Idea] = []
    taken: set[str] = set()
    for way, others in query.said:
        own = frozenset(terms(way))
        if not own:
            continue
        taken |= own
        ways = dict.fromkeys([own, *(frozenset(terms(o)) for o in others)])
        found.append(_Idea(tuple(w for w in ways if w), max(specificity(t) for t in own)))
    for word in dict.fromkeys(terms(query.text)):
        if word not in taken:
            found.append(_Idea((frozenset({word}),), specificity(word)))
    return found


def _likeness(
    query: Query, candidates: Sequence[_Candidate], shares: Sequence[float], library: GuidelineSearch
) -> list[float]:
    """Cosine of question and sentence under its title; of the best candidates by words alone."""
    told = [_UNKNOWN_LIKENESS] * len(candidates)
    order = sorted(range(len(candidates)), key=lambda i: (-shares[i], -candidates[i].score))
    readable = [i for i in order if not _HAN.search(candidates[i].text)][:LOOKED_AT]
    if query.chinese and query.for_vectors == query.text:
        return told
    texts = [f"{candidates[i].passage.title}. {candidates[i].text}" for i in readable]
    for i, alike in zip(readable, library.similarities(query.text, texts), strict=True):
        told[i] = alike
    return told


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.5


_LEAST_LIKELY = 1e-4
_YEAR = re.compile(r"(?<![\d.,/-])(20\d\d)(?![\d/]|[.,-]\d)")
_ADULT = 16
_AGES = re.compile(
    r"(?:(?P<over>\b(?:over|above|older than|from)\b|超过|大于)|(?P<under>\b(?:under|below|younger than|up to)\b|小于|不足))?\s?(?:\bage[ds]?\b\s?)?"
    r"(?P<low>\d+)\s?(?P<low_unit>months?(?= to))?(?:(?:\s?[–~-]\s?|\sto\s|至)(?P<high>\d+))?\s?(?P<unit>years?|months?|岁|个月|月龄)(?P<more> or (?:more|over|older)|及以上| and (?:over|older))?"
    r"(?=[^.]{0,12}(?:old\b|of age\b|[);,.]|$|\sor\b|\sand\b))|(?!)",
    re.IGNORECASE,
)
"""``aged 6–12 years``, ``over 12 years``, ``6 months to 6 years``, ``65岁及以上``."""
_GROWN = re.compile(r"\badults?\b|成人", re.IGNORECASE)
_YOUNG = re.compile(
    r"\b(?:child|children|infants?|newborns?|bab(?:y|ies))\b|儿童|婴|新生儿|小儿", re.IGNORECASE
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LEANS = re.compile(r"(?:it|this|that|these|those|they|he|she)\b|[它这那其]", re.IGNORECASE)
"""A sentence that opens so leans on the one before and cannot be quoted alone."""
_FOR_PATIENTS = re.compile(r"for patients|给患者|患者教育", re.IGNORECASE)
