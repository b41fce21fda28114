"""A question, answered from guidelines and, where there is one, from the patient's record.

The best-fitting sentences of both are numbered; the model words an answer from them; each of its sentences is checked.
What the guidelines say best is then quoted in their own words, so that a weak model costs fluency and never truth.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from assistant.domain.answer import Alert, Origin, Sentence, Severity, Verdict, Withheld
from assistant.domain.events import Event, SentenceShown, SentenceWithheld, Stage, StageName
from assistant.domain.evidence import Evidence
from assistant.tasks.ask_back import questions_back
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.gathering import RecordLine, Unit, rank_record_lines, unknown_names
from assistant.tasks.matching import problems_of
from assistant.tasks.ordering import check_orders, hold_back
from assistant.tasks.sentence_ranking import answered, asks_of_times_to_come, rank_units
from assistant.tasks.stating import passage_evidence, ruled
from assistant.tasks.writing import write
from assistant.verification.terms import terms_in
from knowledge.types import Passage, ScoredPassage, SearchResult

MAX_GUIDELINE_LINES = 6
MAX_RECORD_LINES = 5
QUOTED = 3
"""How many guideline sentences are quoted beside the model's own."""

FAR_BEHIND = 4.0
"""Log odds by which a sentence may fit less than the best one and still be quoted."""

INSTRUCTIONS = {
    "en": "Answer the question in at most three sentences, from the evidence alone.",
    "zh": "只根据证据回答问题，最多三句。",
}


@dataclass(frozen=True)
class _Gathered:
    """The evidence of an answer: lines of the record, and sentences of the guidelines that were found."""

    lines: list[RecordLine]
    result: SearchResult
    units: list[Unit]


def compose(turn: Turn) -> Iterator[Event]:
    question, record = turn.request.question, turn.request.record
    patient = turn.request.audience == "patient"
    found = yield from _gather(turn)
    checked = yield from check_orders(turn, record, question=question, offered=[u.text for u in found.units])
    library = turn.services.library
    unknown = unknown_names(question, library, turn.services.formulary, record) if library else []
    if not found.lines and (not found.units or unknown):
        yield from _abstain(turn, found.result, unknown, checked.alerts)
        return

    shown: list[Sentence] = []
    yield Stage(StageName.COMPOSE)
    yield from _answer(turn, found, checked.all, shown)
    yield from _quote(turn, found.units, checked.all, shown)
    if not patient:
        yield from _differing(turn, found.result, found.units, checked.all, shown)
    yield Stage(StageName.COMPOSE, done=True)
    yield Stage(StageName.VERIFY, done=True, count=len(shown))
    if patient:
        yield from _ask_back(turn)
        caution = turn.say(
            "Ask your care team before you change any treatment.", "改变任何治疗之前，请先询问您的医护团队。"
        )
        yield SentenceShown("answer", ruled(caution))


def _gather(turn: Turn) -> Generator[Event, None, _Gathered]:
    """Evidence of the record, then of the guidelines, each with its stage."""
    question, record = turn.request.question, turn.request.record
    formulary, library = turn.services.formulary, turn.services.library
    yield Stage(StageName.RECORD)
    lines = rank_record_lines(question, record, formulary, limit=MAX_RECORD_LINES) if record else []
    yield Stage(StageName.RECORD, done=True, count=len(lines))
    yield Stage(StageName.RETRIEVE)
    began = time.perf_counter()
    result = search(turn, question)
    turn.retrieve_s = time.perf_counter() - began
    units: list[Unit] = []
    to_come = asks_of_times_to_come(question, turn.services.today())
    if library is not None and not to_come and (record is None or not result.abstained):
        patient = turn.request.audience == "patient"
        ranked = rank_units(question, result, library, formulary, limit=MAX_GUIDELINE_LINES, patient=patient)
        units = ranked if record is not None or answered(result, ranked) else []
    yield Stage(StageName.RETRIEVE, done=True, count=len(units), total=len({u.passage.doc_id for u in units}))
    return _Gathered(lines, result, units)


def _abstain(
    turn: Turn, result: SearchResult, unknown: list[str], alerts: Sequence[Alert]
) -> Iterator[Event]:
    """No evidence: that is said, after what must be stopped all the same."""
    stops = [a for a in alerts if a.severity is Severity.STOP]
    turn.abstained = not stops
    for alert in stops:
        yield SentenceShown("answer", ruled(alert.text, evidence=alert.evidence))
    yield SentenceShown("answer", _declined(turn, result, unknown))
    if turn.request.audience == "patient" and not stops:
        yield from _ask_back(turn)


def _answer(
    turn: Turn, found: _Gathered, alerts: tuple[Alert, ...], shown: list[Sentence]
) -> Iterator[Event]:
    """The record's lines as they stand, then the model's sentences that stood the check."""
    for line in found.lines:
        sentence = Sentence(line.text, Verdict.SUPPORTED, Origin.RECORD, (line.evidence,))
        yield from _show(turn, sentence, alerts, shown)
    evidence: list[Evidence] = [line.evidence for line in found.lines] + [u.evidence() for u in found.units]
    for item in write(turn, INSTRUCTIONS[turn.language], evidence, question=turn.request.question):
        if isinstance(item, Withheld):
            yield SentenceWithheld(item)
        else:
            yield from _show(turn, item, alerts, shown)


def _without_name(question: str, name: str) -> str:
    """No guideline holds the patient's name; searched for, it is a word that the library lacks."""
    words = [w for w in re.findall(r"[^\W\d_]{2,}", name) if w not in _TITLES]
    han = [name] if re.fullmatch(r"[一-鿿]{2,4}", name) else []
    for word in words + han:
        edge = "" if word in han else r"\b"
        question = re.sub(rf"{edge}{re.escape(word)}(?:['’]s)?{edge}", " ", question)
    return re.sub(r"\s{2,}", " ", question).strip()


_TITLES = {"Mr", "Mrs", "Ms", "Miss", "Dr"}


def search(turn: Turn, question: str) -> SearchResult:
    """Guideline passages for the question.

    A question about a patient ("which antibiotic should she go home on") does not name the illness: it is widened by
    the record's diagnoses, and answered from the guidelines on the patient's problems where their passages hold most of
    the question's own words.
    """
    library = turn.services.library
    if library is None:
        turn.notices.append(turn.say("Guidelines are unavailable.", "指南库暂不可用。"))
        return SearchResult(question, abstained=True)
    record = turn.request.record
    if record is not None:
        question = _without_name(question, record.patient.name or "")
    result = library.search(question, 8)
    if record is None:
        return result
    problems = problems_of(turn, record)[:3]
    if not problems:
        return result
    classes = _classes_asked(turn, question)
    wider = library.search(f"{question} {classes} {problems[0].condition.name}", 8)
    theirs = {g.doc_id for p in problems for g in (*p.guidelines, *p.elsewhere)}
    hits = tuple(hit for hit in wider.passages if hit.passage.doc_id in theirs)
    if not result.abstained:
        known = {hit.passage.passage_id for hit in result.passages}
        both = (*result.passages, *(h for h in hits if h.passage.passage_id not in known))
        differences = tuple(dict.fromkeys((*result.differences, *wider.differences)))
        return SearchResult(question, both, differences=differences)
    if _bears_on(f"{question} {classes}", hits):
        return SearchResult(question, hits, differences=wider.differences)
    return result


def _classes_asked(turn: Turn, question: str) -> str:
    """The classes of the medicines in the question: guidelines speak of NSAIDs where people ask about ibuprofen."""
    formulary = turn.services.formulary
    names = []
    for mention in formulary.names_in(question):
        medicine = formulary.find(mention.generic)
        drug_class = formulary.find_class(medicine.drug_class) if medicine else None
        names += list(drug_class.english[:1]) if drug_class else []
    return " ".join(dict.fromkeys(names))


def _bears_on(question: str, hits: Sequence[ScoredPassage]) -> bool:
    """True where the passages hold at least half of the question's content words."""
    wanted = {t.stem for t in terms_in(question)}
    held = {t.stem for hit in hits for t in terms_in(hit.passage.text)}
    return bool(wanted) and 2 * len(wanted & held) >= len(wanted)


def _ask_back(turn: Turn) -> Iterator[Event]:
    """The deciding facts still open, as questions beside what could be answered."""
    for asked in questions_back(turn):
        lead = turn.say("To answer for you, we need to know: ", "为了针对您回答，我们需要知道：")
        yield SentenceShown("answer", ruled(f"{lead}{asked}"))


def _show(
    turn: Turn, sentence: Sentence, alerts: tuple[Alert, ...], shown: list[Sentence]
) -> Iterator[Event]:
    held = hold_back(turn, sentence, alerts)
    if held is not None:
        yield SentenceWithheld(held)
        return
    shown.append(sentence)
    yield SentenceShown("answer", sentence)


def _quote(
    turn: Turn, units: list[Unit], alerts: tuple[Alert, ...], shown: list[Sentence]
) -> Iterator[Event]:
    """The best guideline sentences in their own words, unless the model's sentences already rest on them."""
    used = {(e.id, e.start) for s in shown for e in s.evidence}
    quoted = 0
    for unit in units:
        if quoted >= QUOTED:
            break
        if quoted and unit.score < units[0].score - FAR_BEHIND:
            break
        if (unit.passage.doc_id, unit.start) in used:
            continue
        quoted += 1
        sentence = Sentence(unit.text, Verdict.SUPPORTED, Origin.GUIDELINE, (unit.evidence(),))
        yield from _show(turn, sentence, alerts, shown)


def _differing(
    turn: Turn, result: SearchResult, units: Sequence[Unit], alerts: tuple[Alert, ...], shown: list[Sentence]
) -> Iterator[Event]:
    """Where the best sentences' guidelines differ: that they do, then both in their own words, newer first."""
    passages = {hit.passage.passage_id: hit.passage for hit in result.passages}
    told: set[frozenset[str]] = set()
    for d in result.differences:
        newer, older = passages.get(d.newer), passages.get(d.older)
        if newer is None or older is None or frozenset((newer.doc_id, older.doc_id)) in told:
            continue
        if not any(
            _same_place(u, p, at) for u in units for p, at in ((newer, d.newer_at), (older, d.older_at))
        ):
            continue
        told.add(frozenset((newer.doc_id, older.doc_id)))
        evidence = (passage_evidence(newer, *d.newer_at), passage_evidence(older, *d.older_at))
        mark = turn.say(
            f"Guidelines differ, newer first. {d.reason}.", f"指南之间有差异，较新的在前。{d.reason_zh}。"
        )
        yield from _show(turn, ruled(mark, evidence=evidence), alerts, shown)
        quoted = {(e.id, e.start) for s in shown if s.origin is Origin.GUIDELINE for e in s.evidence}
        for one in evidence:
            if (one.id, one.start) not in quoted:
                sentence = Sentence(one.quote, Verdict.SUPPORTED, Origin.GUIDELINE, (one,))
                yield from _show(turn, sentence, alerts, shown)


def _same_place(unit: Unit, passage: Passage, at: tuple[int, int]) -> bool:
    return unit.passage.doc_id == passage.doc_id and unit.start < at[1] and at[0] < unit.end


def _declined(turn: Turn, result: SearchResult, unknown: list[str]) -> Sentence:
    nearest = list(
        dict.fromkeys(
            f"{h.passage.title} ({h.passage.publisher}, {h.passage.edition})" for h in result.passages
        )
    )[:2]
    if unknown:
        names = ", ".join(unknown[:3])
        text = turn.say(
            f"The guidelines in this library do not mention {names}.", f"本库的指南没有提到 {names}。"
        )
    else:
        text = turn.say(
            "The guidelines in this library do not answer this question.",
            "本库的指南没有回答这个问题的内容。",
        )
    if nearest:
        text += turn.say(
            f" Nearest on the shelf: {'; '.join(nearest)}.", f"最接近的条目：{'；'.join(nearest)}。"
        )
    return ruled(text)


TASK = Task(
    name="ask",
    en="Answer",
    zh="回答",
    sections=(SectionSpec("answer", "Answer", "回答"),),
    compose=compose,
    needs_record=False,
    commands=("question",),
    examples=("What is the first-line treatment for community-acquired pneumonia?", "她的抗生素应该用多久？"),
)
