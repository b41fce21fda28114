"""The signs by which a guideline sentence is seen to answer a question, as numbers from about 0 to 1.

Owns how each is read: words with every way of saying them, likeness, headings, wording, ages. Refuses to weigh them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.tasks.base import GuidelineSearch
from assistant.tasks.question_kinds import another_route, kinds_asked
from knowledge.everyday import specificity
from knowledge.keyword import terms
from knowledge.persons import age_in
from knowledge.query import Query, understand
from knowledge.types import Passage

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
    "topic",
    "section",
    "gives",
    "unfit",
    "leans",
    "lay",
    "language",
    "characters",
    "characters_most",
)
"""In this order: shares of the question's words in the sentence, against the best one's, in it with its headings, and (after
the likeness, a cosine, and the passage's score) in its passage; score of the document and the question's share in its title and
topics; fitting heading and wording; an age that is not the patient's, or another route than asked; leaning on the sentence before; written for patients
(for them a merit); in the question's language; share of its Chinese characters and pairs, and against the best one's."""
IN_TITLE = 0.3
"""What a word counts that stands in the document's title: all of its sentences are about that."""
LOOKED_AT = 80
"""Candidates, best by words, whose likeness is computed."""
_UNKNOWN_LIKENESS = 0.35
"""In place of the likeness of a sentence in a language that the embedding model does not know."""


@dataclass(frozen=True)
class Candidate:
    """A sentence at its place in the guideline's text, with the score of its passage (0 where it was read besides)."""

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


def signs_of(
    question: str,
    candidates: Sequence[Candidate],
    library: GuidelineSearch,
    formulary: Formulary,
    *,
    patient: bool,
) -> NDArray[np.float32]:
    """``(candidates, len(SIGNS))``, each sign about 0 to 1."""
    query = understand(question)
    ideas = _ideas(query)
    weight = _rarity(ideas, candidates)
    words, around, in_passage = _shares(ideas, weight, candidates)
    likeness = _likeness(query, candidates, [a + b for a, b in zip(words, around, strict=True)], library)
    characters = _characters(question, [c.text for c in candidates])
    about = _about(candidates, ideas, weight, library)
    top = max(c.score for c in candidates) or 1.0
    documents: dict[str, float] = {}
    for c in candidates:
        documents[c.passage.doc_id] = max(documents.get(c.passage.doc_id, 0.0), c.score)
    kinds = kinds_asked(question)
    age = age_in(question)
    most, most_characters = max(words) or 1.0, max(characters) or 1.0
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
                about[c.passage.doc_id],
                _mean([bool(k.sections.search(heading)) for k in kinds]),
                _mean([k.given_in(c.text, lambda t: bool(formulary.names_in(t))) for k in kinds]),
                float((age is not None and not ages_fit(c.text, age)) or another_route(question, c.text)),
                float(bool(_LEANS.match(c.text))),
                float(lay) * (-1.0 if patient else 1.0),
                float(query.chinese == bool(_HAN.search(c.text))),
                characters[i],
                characters[i] / most_characters,
            )
        )
    return np.array(rows, np.float32)


def _rarity(ideas: Sequence[_Idea], candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """What each idea counts: more where few sentences hold it, less where it is an everyday word."""
    own = [set(terms(c.text)) for c in candidates]
    spread = [sum(idea.held_in(words) for words in own) for idea in ideas]
    return np.array(
        [idea.special * math.log(1 + len(own) / (1 + n)) for idea, n in zip(ideas, spread, strict=True)]
    )


def _shares(
    ideas: Sequence[_Idea], weight: NDArray[np.float64], candidates: Sequence[Candidate]
) -> tuple[list[float], list[float], dict[str, float]]:
    """Share of the ideas in each sentence, in it with its headings, and in each passage by its id."""
    title_of = {c.passage.doc_id: set(terms(c.passage.title)) for c in candidates}
    weight_of = {
        doc_id: weight * [IN_TITLE if idea.held_in(title) else 1.0 for idea in ideas]
        for doc_id, title in title_of.items()
    }

    def share(c: Candidate, words: set[str]) -> float:
        weights = weight_of[c.passage.doc_id]
        total = float(weights.sum()) or 1.0
        return float(weights @ [idea.held_in(words) for idea in ideas]) / total if ideas else 0.0

    own = [set(terms(c.text)) for c in candidates]
    pairs = list(zip(candidates, own, strict=True))
    around = [
        share(c, held | set(terms(c.passage.section)) | title_of[c.passage.doc_id]) for c, held in pairs
    ]
    passages = {c.passage.passage_id: c for c in candidates}
    in_passage = {i: share(c, set(terms(c.passage.text))) for i, c in passages.items()}
    return [share(c, held) for c, held in pairs], around, in_passage


def _about(
    candidates: Sequence[Candidate],
    ideas: Sequence[_Idea],
    weight: NDArray[np.float64],
    library: GuidelineSearch,
) -> dict[str, float]:
    """Document → how much of the question its title and topics hold, 1 for the one that holds most."""
    held: dict[str, float] = {}
    for c in candidates:
        doc_id = c.passage.doc_id
        if doc_id not in held:
            words = set(terms(" ".join((c.passage.title, *library.document(doc_id).topics))))
            held[doc_id] = float(weight @ [idea.held_in(words) for idea in ideas]) if ideas else 0.0
    most = max(held.values()) or 1.0
    return {doc_id: share / most for doc_id, share in held.items()}


def _characters(question: str, texts: Sequence[str]) -> list[float]:
    """Share of the question's Chinese characters and pairs of them in each text, rare ones counting more: 牵拉 beside 拉."""
    asked = _pairs(question)
    held = [asked & _pairs(text) for text in texts]
    spread = Counter(part for parts in held for part in parts)
    weight = {
        part: math.log(1 + len(texts) / (1 + spread[part])) * (1.0 if len(part) > 1 else _SINGLE)
        for part in asked
    }
    total = sum(weight.values()) or 1.0
    return [sum(weight[part] for part in parts) / total for parts in held]


def _pairs(text: str) -> set[str]:
    runs = _HAN_RUN.findall(text)
    return {r[i : i + 2] for r in runs for i in range(len(r) - 1)} | {
        c for r in runs for c in r if c not in _COMMON
    }


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
    query: Query, candidates: Sequence[Candidate], shares: Sequence[float], library: GuidelineSearch
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
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_COMMON = frozenset("的了和及与在于为是有吗呢啊吧把被就都也还要能可以我他她你们这那个一不")
_SINGLE = 0.4
"""What a single Chinese character counts beside a pair."""
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
