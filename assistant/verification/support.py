"""One sentence against its evidence: every checkable fact must stand there, bound to the same thing.

The order of the checks is the order of harm: numbers and doses, drugs, what was done with them, dates, sides, negation,
cause, then the remaining words. The first that fails is the reason shown to the clinician.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.answer import Verdict
from assistant.verification.actions import check_actions, drug_actions
from assistant.verification.causes import check_causes
from assistant.verification.facts import dates_in
from assistant.verification.figures import check_figures
from assistant.verification.places import check_contrasts, check_dates, check_sides
from assistant.verification.reading import DrugMention, DrugNames, Reading, read, without_seams
from assistant.verification.regimens import check_regimens
from assistant.verification.relations import (
    check_conditions,
    check_denials,
    check_joined,
    check_nearest,
    check_sex,
    check_status,
)

__all__ = ["Check", "DrugMention", "DrugNames", "Source", "check_sentence"]


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


_UNDATED = re.compile(r"\s*[(（](?:date not recorded|未注明日期)[)）]")


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
    if not all(s.date or dates_in(s.text) for s in sources):
        sentence = _UNDATED.sub("", sentence)  # said of evidence that has no day, it is so
    said = read(sentence, drugs)
    if not said.marks:
        return Check(Verdict.UNPARSED, "says nothing that can be checked")
    if not sources:
        return Check(Verdict.UNSUPPORTED, "no evidence was found for it")
    readings = [read(s.text, drugs, source=True, written=s.date) for s in sources]
    named = [i for i in cited if 0 <= i < len(sources)]
    attempts = [named] if named else []
    attempts.append(_best_sources(said, readings, drugs))
    results = [
        _check_against(said, [readings[i] for i in chosen], drugs, tuple(chosen)) for chosen in attempts
    ]
    order = [Verdict.SUPPORTED, Verdict.PARTIAL, Verdict.UNPARSED, Verdict.UNSUPPORTED]
    return min(results, key=lambda r: order.index(r.verdict))


def _best_sources(said: Reading, sources: Sequence[Reading], drugs: DrugNames) -> list[int]:
    """The few sources that together hold most of the sentence's words, figures, days and acts (greedy cover)."""

    def marks(reading: Reading) -> set[str]:
        held = {f"{m.kind if m.kind != 'word' else ''}:{m.key}" for m in reading.marks if m.date is None}
        held |= {f"day:{pair}" for m in reading.of("date") if m.date for pair in m.date.day_month}
        held |= {f"day:{pair}" for d in dates_in(reading.written) for pair in d.day_month}
        return held | {f"{a.action}:{a.drug}" for a in drug_actions(reading, drugs)}

    wanted = marks(said)
    holds = [marks(s) for s in sources]
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
    said: Reading, sources: Sequence[Reading], drugs: DrugNames, cited: tuple[int, ...]
) -> Check:
    said = without_seams(said, sources)
    for problem in (
        check_figures(said, sources),
        _drugs(said, sources),
        check_regimens(said, sources),
        check_actions(said, sources, drugs),
        check_dates(said, sources),
        check_sides(said, sources),
        check_status(said, sources),
        check_nearest(said, sources),
        check_contrasts(said, sources),
        check_causes(said, sources),
        check_conditions(said, sources),
        check_joined(said, sources),
        check_denials(said, sources),
        check_sex(said, sources),
    ):
        if problem:
            return Check(Verdict.UNSUPPORTED, problem, cited)
    return _words(said, sources, cited)


def _drugs(said: Reading, sources: Sequence[Reading]) -> str:
    stands = {m.key for r in sources for m in r.of("drug")}
    for mark in said.of("drug"):
        if mark.key not in stands:
            return f"“{mark.word}” is not in the evidence"
    return ""


def _words(said: Reading, sources: Sequence[Reading], cited: tuple[int, ...]) -> Check:
    stands = set().union(*(r.held for r in sources)) if sources else set()
    terms = said.of("word")
    new = [t for t in terms if t.key not in stands]
    if not new:
        return Check(Verdict.SUPPORTED, "", cited)
    words = ", ".join(dict.fromkeys(t.word for t in new[:3]))
    if len(new) <= PARTIAL_SHARE * len(terms):
        return Check(Verdict.PARTIAL, f"not in the evidence: {words}", cited)
    return Check(Verdict.UNSUPPORTED, f"not in the evidence: {words}", cited)
