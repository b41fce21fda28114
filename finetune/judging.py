"""What a wording of a note is worth, by the app's own checks: is it true to the note, and does it say all of it?

Owns no rule of its own. Refuses to know how the wording came about.
"""

from __future__ import annotations

from assistant.domain.answer import Origin, Sentence, Verdict
from assistant.domain.record import Place, Statement
from assistant.tasks.hospital_course import _covers
from assistant.verification.claims import split_sentences, take_citations
from assistant.verification.facts import quantities_in, same_quantity
from assistant.verification.support import Source, check_sentence
from assistant.verification.terms import terms_in
from knowledge.formulary import Formulary


def sentences_of(reply: str) -> list[str]:
    """The reply's sentences without citation marks, each once."""
    texts = [take_citations(raw)[0] for raw in split_sentences(reply)]
    return [text for text in dict.fromkeys(texts) if text]


def supported(sentence: str, evidence: list[str], formulary: Formulary, cited: tuple[int, ...] = ()) -> bool:
    """True where verification would show the sentence as supported."""
    check = check_sentence(sentence, [Source(text) for text in evidence], formulary, cited)
    return check.verdict is Verdict.SUPPORTED


def covers(sentences: list[str], note: str) -> bool:
    """True where the sentences say all that the note says, as the hospital course demands before it uses them."""
    told = [Sentence(text, Verdict.SUPPORTED, Origin.MODEL) for text in sentences]
    return _covers(told, Statement(note, "progress", Place("note", 0, len(note), note)))


def omitted_facts(truth: str, told: str, formulary: Formulary) -> tuple[int, int]:
    """How many of the critical facts of ``truth`` are not in ``told``, and how many there are: drugs, figures, denials."""
    drugs = {m.generic for m in formulary.names_in(truth)}
    figures = quantities_in(truth)
    denied = {t.stem for t in terms_in(truth) if t.negated}
    told_figures = quantities_in(told)
    left_out = (
        len(drugs - {m.generic for m in formulary.names_in(told)})
        + sum(not any(same_quantity(f, g) for g in told_figures) for f in figures)
        + len(denied - {t.stem for t in terms_in(told) if t.negated})
    )
    return left_out, len(drugs) + len(figures) + len(denied)
