"""Sentences as a writer produces them → sentences as they may be shown, or withheld with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from assistant.domain.answer import Origin, Sentence, Verdict, Withheld
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.verification.claims import stream_sentences, take_citations
from assistant.verification.support import Check, DrugNames, Source, check_sentence


def check_stream(
    chunks: Iterable[str],
    evidence: Sequence[Evidence],
    drugs: DrugNames,
    *,
    allow_partial: bool = False,
    was_cut: Callable[[], bool] = lambda: False,
) -> Iterator[Sentence | Withheld]:
    """Each sentence of a model's text as soon as it is complete and checked.

    Repeated sentences are dropped. ``allow_partial`` lets partly supported ones stand, marked as such; without it they
    are withheld.
    """
    seen: set[str] = set()
    for raw in stream_sentences(chunks, was_cut=was_cut):
        text, marks = take_citations(raw)
        key = text.casefold()
        if not text or key in seen:
            continue
        seen.add(key)
        yield check_model_sentence(
            text, evidence, drugs, cited=[m - 1 for m in marks], allow_partial=allow_partial
        )


def check_model_sentence(
    text: str,
    evidence: Sequence[Evidence],
    drugs: DrugNames,
    *,
    cited: Sequence[int] = (),
    allow_partial: bool = False,
) -> Sentence | Withheld:
    """One model sentence: shown with its evidence, or withheld with the reason."""
    copied = _copied_from(text, evidence)
    if copied is not None:
        origin = Origin.RECORD if copied.kind is EvidenceKind.RECORD else Origin.GUIDELINE
        return Sentence(text, Verdict.SUPPORTED, origin, (copied,))
    check = check_sentence(text, sources_of(evidence), drugs, cited)
    if check.verdict is Verdict.SUPPORTED or (allow_partial and check.verdict is Verdict.PARTIAL):
        return Sentence(
            text, check.verdict, Origin.MODEL, tuple(evidence[i] for i in check.cited), reason=check.reason
        )
    return Withheld(text, check.reason)


def _copied_from(text: str, evidence: Sequence[Evidence]) -> Evidence | None:
    """The evidence whose words these are, whole: a quotation is not the model's own sentence."""
    plain = re.sub(r"\W+", " ", text).strip().casefold()
    for item in evidence:
        if plain and plain == re.sub(r"\W+", " ", item.quote).strip().casefold():
            return item
    return None


def recheck(sentence: Sentence, drugs: DrugNames) -> Check:
    """The check of a sentence against the evidence it carries: for edited sentences, and in tests for stated ones."""
    return check_sentence(sentence.text, sources_of(sentence.evidence), drugs)


def sources_of(evidence: Sequence[Evidence]) -> list[Source]:
    return [Source(e.quote, e.date) for e in evidence]
