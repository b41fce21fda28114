"""One sentence against its evidence: every checkable fact must stand there, bound to the same thing.

The order of the checks is the order of harm: numbers and doses, drugs, what was done with them, dates, sides, negation,
cause, then the remaining words. The first that fails is the reason shown to the clinician.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.domain.answer import Verdict
from assistant.verification.claims import split_clauses
from assistant.verification.facts import (
    Quantity,
    dates_in,
    quantities_in,
    same_date,
    same_quantity,
    sides_in,
)
from assistant.verification.terms import Term, actions_in, against, canonical, terms_in


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
class Source:
    """A text that may bear a sentence out; ``date`` is the ISO date it was written, where known."""

    text: str
    date: str = ""


@dataclass(frozen=True)
class Check:
    """``cited`` are the indexes of the sources that bear the sentence out, best first."""

    verdict: Verdict
    reason: str = ""
    cited: tuple[int, ...] = ()


MAX_SOURCES = 3
"""A sentence may join this many sources; more is a summary that nobody can check at a glance."""
PARTIAL_SHARE = 0.25
"""Share of content words that may be new in a sentence shown as partly supported."""

_CAUSE = re.compile(
    r"\b(?:due to|because of|caused by|secondary to|as a result of|treated with|for the treatment of|to treat|led to|resulted in|caused)\b"
    r"|由于|因为|导致|所致|引起|用于治疗",
    re.IGNORECASE,
)
_ANALYTES = (
    "creatinine|potassium|sodium|haemoglobin|glucose|calcium|lactate|troponin|c-reactive protein|white cell count|platelets?|inr|"
    "hba1c|egfr|bilirubin|alt|ast|albumin|urea|bun|lipase|amylase|ph|pco2|po2|oxygen saturation|heart rate|blood pressure|"
    "respiratory rate|temperature|weight|bnp|nt-probnp|d-dimer|ldl|ldl-c|tsh|ferritin|magnesium|phosphate|procalcitonin|"
    "肌酐|血钾|血钠|血红蛋白|血小板|血糖|白细胞|心率|血压|体温|体重|血氧饱和度|尿酸|胆红素|尿素氮|乳酸|糖化血红蛋白"
)
_ANALYTE = re.compile(rf"(?<![A-Za-z])(?:{_ANALYTES})(?![A-Za-z])", re.IGNORECASE)


def check_sentence(
    sentence: str, sources: Sequence[Source], drugs: DrugNames, cited: Sequence[int] = ()
) -> Check:
    """The verdict on one sentence.

    Args:
        sentence: prose without citation marks.
        sources: what it may rest on, in the order they were numbered for the model.
        drugs: finds drug names, so that brand and generic are one.
        cited: indexes into ``sources`` that the writer named; they are tried first, then all.
    """
    terms = _terms(sentence, drugs)
    if not terms and not quantities_in(sentence) and not drugs.names_in(sentence):
        return Check(Verdict.UNPARSED, "says nothing that can be checked")
    if not sources:
        return Check(Verdict.UNSUPPORTED, "no evidence was found for it")
    named = [i for i in cited if 0 <= i < len(sources)]
    attempts = [named] if named else []
    attempts.append(_best_sources(sentence, terms, sources, drugs))
    results = [
        _check_against(sentence, terms, [sources[i] for i in chosen], drugs, tuple(chosen))
        for chosen in attempts
    ]
    order = [Verdict.SUPPORTED, Verdict.PARTIAL, Verdict.UNPARSED, Verdict.UNSUPPORTED]
    return min(results, key=lambda r: order.index(r.verdict))


def _terms(text: str, drugs: DrugNames) -> list[Term]:
    """Content words without the drug names: those are compared as drugs, brand equal to generic."""
    for mention in sorted(drugs.names_in(text), key=lambda m: -m.start):
        text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return terms_in(text)


def _best_sources(
    sentence: str, terms: Sequence[Term], sources: Sequence[Source], drugs: DrugNames
) -> list[int]:
    """The few sources that together hold most of the sentence's words, numbers and drugs (greedy cover)."""

    def marks(text: str, words: Sequence[Term], *, loose: bool) -> set[str]:
        numbers = {str(q.value) for q in quantities_in(canonical(text), loose=loose)}
        return {t.stem for t in words} | numbers | {f"drug:{m.generic}" for m in drugs.names_in(text)}

    wanted = marks(sentence, terms, loose=False)
    holds = [marks(s.text, _terms(s.text, drugs), loose=True) for s in sources]
    chosen: list[int] = []
    while wanted and len(chosen) < MAX_SOURCES:
        best = max(range(len(sources)), key=lambda i: (len(wanted & holds[i]), -i))
        gained = wanted & holds[best]
        if not gained or best in chosen:
            break
        chosen.append(best)
        wanted -= gained
    return chosen


def _check_against(
    sentence: str, terms: Sequence[Term], sources: Sequence[Source], drugs: DrugNames, cited: tuple[int, ...]
) -> Check:
    for problem in (
        _numbers(sentence, sources),
        _drugs(sentence, sources, drugs),
        _bindings(sentence, sources, drugs),
        _actions(sentence, sources, drugs),
        _dates(sentence, sources),
        _sides(sentence, sources),
        _polarity(terms, sources, drugs),
        _causes(sentence, sources),
        _joined(sentence, sources, drugs),
    ):
        if problem:
            return Check(Verdict.UNSUPPORTED, problem, cited)
    return _words(terms, sources, cited, drugs)


def _numbers(sentence: str, sources: Sequence[Source]) -> str:
    stands = [q for s in sources for q in quantities_in(canonical(s.text), loose=True)]
    for stated in quantities_in(canonical(sentence)):
        if not any(same_quantity(stated, q) for q in stands):
            return f"“{stated.text}” is not in the evidence"
    return ""


def _drugs(sentence: str, sources: Sequence[Source], drugs: DrugNames) -> str:
    stands = {m.generic for s in sources for m in drugs.names_in(s.text)}
    for mention in drugs.names_in(sentence):
        if mention.generic not in stands:
            return f"“{sentence[mention.start : mention.end]}” is not in the evidence"
    return ""


def _bound(text: str, drugs: DrugNames, *, loose: bool) -> list[tuple[str, Quantity]]:
    """Each number with the drug or analyte it belongs to: the nearest one before it in its clause or list."""
    heads = [(m.start, m.generic) for m in drugs.names_in(text)]
    heads += [(m.start(), m.group().lower()) for m in _ANALYTE.finditer(text)]
    heads.sort()
    bound = []
    for quantity in quantities_in(text, loose=loose):
        before = [
            h
            for h in heads
            if h[0] <= quantity.start and not re.search(r"[.;。；\n](?!\d)", text[h[0] : quantity.start])
        ]
        if before:
            bound.append((before[-1][1], quantity))
    return bound


def _bindings(sentence: str, sources: Sequence[Source], drugs: DrugNames) -> str:
    """A dose must belong to its drug, a value to its test: 40 mg of one drug does not bear out 40 mg of another."""
    stands = [pair for s in sources for pair in _bound(canonical(s.text), drugs, loose=True)]
    for head, stated in _bound(canonical(sentence), drugs, loose=False):
        if not any(head == h and same_quantity(stated, q) for h, q in stands):
            return f"“{stated.text}” does not belong to {head} in the evidence"
    return ""


def _actions(sentence: str, sources: Sequence[Source], drugs: DrugNames) -> str:
    def done(text: str) -> list[tuple[str, str]]:
        mentions = [(m.generic, m.start, m.end) for m in drugs.names_in(text)]
        return [(a.drug, a.action) for a in actions_in(text, mentions)]

    stands: dict[str, set[str]] = {}
    for source in sources:
        for drug, action in done(source.text):
            stands.setdefault(drug, set()).add(action)
    for drug, action in done(sentence):
        known = stands.get(drug, set())
        if action in ("give", "start") and (not known or known - {"not", "cancel", "hold", "stop"}):
            continue
        if action in known:
            continue
        if not known and not against(action):
            return f"the evidence does not say that {drug} was {_PAST.get(action, action)}"
        return (
            f"the evidence says otherwise of {drug}"
            if known
            else f"the evidence does not say that {drug} was {_PAST.get(action, action)}"
        )
    return ""


_PAST = {
    "hold": "held", "stop": "stopped", "continue": "continued", "start": "started", "resume": "resumed", "increase": "increased",
    "decrease": "reduced", "switch": "switched", "cancel": "cancelled", "give": "given", "not": "withheld",
}  # fmt: skip


def _dates(sentence: str, sources: Sequence[Source]) -> str:
    stands = [d for s in sources for text in (s.text, s.date) for d in dates_in(text, loose=True)]
    for stated in dates_in(sentence):
        if not any(same_date(stated, d) for d in stands):
            return f"the date “{stated.text}” is not in the evidence"
    return ""


def _sides(sentence: str, sources: Sequence[Source]) -> str:
    stands = set().union(*(sides_in(s.text) for s in sources)) if sources else set()
    wrong = sides_in(sentence) - stands
    if wrong and not (wrong == {"both"} and {"left", "right"} <= stands):
        return f"the side ({', '.join(sorted(wrong))}) is not in the evidence"
    return ""


def _polarity(terms: Sequence[Term], sources: Sequence[Source], drugs: DrugNames) -> str:
    stands: dict[str, set[bool]] = {}
    for source in sources:
        for term in _terms(source.text, drugs):
            stands.setdefault(term.stem, set()).add(term.negated)
    for term in terms:
        known = stands.get(term.stem)
        if known is not None and term.negated not in known:
            said = "denied" if True in known else "affirmed"
            return f"“{term.word}” is {said} in the evidence"
    return ""


def _causes(sentence: str, sources: Sequence[Source]) -> str:
    """Cause and treatment need both ends in one source: two true facts side by side do not make a cause."""
    for clause in split_clauses(sentence):
        mark = _CAUSE.search(clause)
        if not mark:
            continue
        cause = {t.stem for t in terms_in(clause[: mark.start()])}
        effect = {t.stem for t in terms_in(clause[mark.end() :])}
        if not cause or not effect:
            continue
        for source in sources:
            holds = {t.stem for t in terms_in(source.text)}
            if cause & holds and effect & holds:
                break
        else:
            return "no single source joins what this sentence joins"
    return ""


def _joined(sentence: str, sources: Sequence[Source], drugs: DrugNames) -> str:
    """A clause about a drug must lean on one source that names the drug and half of what is said of it."""
    held = [
        ({m.generic for m in drugs.names_in(s.text)}, {t.stem for t in _terms(s.text, drugs)})
        for s in sources
    ]
    for clause in split_clauses(sentence):
        mentions = list(drugs.names_in(clause))
        said = {t.stem for t in _terms(clause, drugs)}
        if not said:
            continue
        for mention in mentions:
            if not any(mention.generic in g and 2 * len(said & words) >= len(said) for g, words in held):
                return f"no single source says this of {mention.generic}"
    return ""


def _words(
    terms: Sequence[Term], sources: Sequence[Source], cited: tuple[int, ...], drugs: DrugNames
) -> Check:
    stands = {t.stem for s in sources for t in _terms(s.text, drugs)}
    new = [t for t in terms if t.stem not in stands]
    if not new:
        return Check(Verdict.SUPPORTED, "", cited)
    words = ", ".join(dict.fromkeys(t.word for t in new[:3]))
    if len(new) <= PARTIAL_SHARE * len(terms):
        return Check(Verdict.PARTIAL, f"not in the evidence: {words}", cited)
    return Check(Verdict.UNSUPPORTED, f"not in the evidence: {words}", cited)
