"""One turn, from question to checked answer. The whole product, as a paragraph:

    guard(in) → choose task → gather evidence → compose → verify → guard(out) → answer

Storing and auditing belong to whoever asked (page, command line): they know the user. Refuses to know which model,
which database, which page.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from assistant.domain.answer import (
    Alert,
    Answer,
    Origin,
    RedFlag,
    Section,
    Sentence,
    Timings,
    Urgency,
    Verdict,
    Withheld,
)
from assistant.domain.events import (
    AlertRaised,
    Event,
    Finished,
    RedFlagRaised,
    SentenceShown,
    SentenceWithheld,
    Stage,
    StageName,
)
from assistant.domain.record import PatientRecord, Place
from assistant.errors import BadInput, ModelBusy, ModelCancelled, RecordUnreadable, TooLong
from assistant.export.markdown import to_markdown
from assistant.models.turn import Halt, WaitingLine
from assistant.safety.guard import dead_text
from assistant.safety.injection import InstructionFound, find_instructions, strip_instructions
from assistant.safety.refusals import refuse
from assistant.safety.triage import SECOND_READING, triage
from assistant.tasks.base import Request, Services, Task, Turn
from assistant.tasks.registry import task_named
from assistant.tasks.restricted import RestrictedLibrary
from assistant.tasks.templates import Template, shipped_templates


class _Placed(Protocol):
    @property
    def place(self) -> Place: ...


Fact = TypeVar("Fact", bound=_Placed)


@dataclass(frozen=True)
class Conversation:
    """Runs turns. Holds no state of any patient or user: two turns never see each other."""

    services: Services
    country: str = ""
    max_question_chars: int = 8000
    line: WaitingLine = field(default_factory=lambda: WaitingLine(places=64, at_once=64))
    """Turns at work and waiting. A full line is said at once, after the red-flag rules have answered."""

    def answer(self, request: Request, cancel: threading.Event | None = None) -> Answer:
        """The finished answer of one turn; see :meth:`run` for what it raises."""
        for event in self.run(request, cancel):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a turn always ends with Finished")

    def run(self, request: Request, cancel: threading.Event | None = None) -> Iterator[Event]:
        """The events of one turn, the last one ``Finished``.

        Raises:
            BadInput: unknown task, empty or too long question, missing record.
            ModelBusy: the line is full, or the time ran out in it; red flags have been yielded before.
            ModelCancelled: Stop was pressed; nothing of the turn is to be stored as an answer.
        """
        task = self._checked(request)
        template = (self.services.templates or shipped_templates()).chosen(task.name, request.template)
        request, notices = _without_instructions(request)
        services = _restricted(self._services(request), request, notices)
        turn = Turn(request, services, cancel or threading.Event(), notices=notices)
        if services.adapter_notice:
            notices.append(turn.say(*services.adapter_notice))
        parts = _Parts()
        stopped = yield from self._guard_in(turn, parts)
        if not stopped:
            for event in self._composed(task, turn, parts):
                if turn.cancel.is_set():
                    raise ModelCancelled("Stopped.")
                event = _guard_out(event)
                parts.take(event)
                placed = _placed(event, template)
                if placed is not None:
                    yield placed
        yield Finished(_finish(task, turn, parts, template))

    def _services(self, request: Request) -> Services:
        """What this turn works with: towards a model outside the walls, one that redacts by this turn's record."""
        model = self.services.model
        if model is None or not self.services.redact_outgoing:
            return self.services
        from assistant.safety.egress import RedactedChatModel

        return replace(self.services, model=RedactedChatModel.around(model, request.record))

    def _composed(self, task: Task, turn: Turn, parts: _Parts) -> Iterator[Event]:
        """The task's events, once this turn's time in the line has come."""
        try:
            ticket = self.line.join()
        except ModelBusy as busy:
            if not parts.red_flags:
                raise
            # What the rules said must reach the reader, whatever the model is busy with.
            turn.notices.append(str(busy))
            turn.abstained = True
            return
        try:
            place = 0
            for place in self.line.wait(ticket, Halt(turn.services.model_timeout_s, turn.cancel)):
                yield Stage(StageName.QUEUE, count=place)
            if place:
                yield Stage(StageName.QUEUE, done=True)
            yield from task.compose(turn)
        finally:
            self.line.leave(ticket)

    def _checked(self, request: Request) -> Task:
        task = task_named(request.task)
        if task.needs_record and request.record is None:
            raise RecordUnreadable(f"The task “{task.name}” needs a record: give a FHIR bundle or a chart.")
        if not task.needs_record and not request.question.strip():
            raise BadInput("The question is empty. Write what you want to know.")
        if len(request.question) > self.max_question_chars:
            raise TooLong(
                f"The question has {len(request.question):,} characters; at most {self.max_question_chars:,} are read. "
                "Shorten it, or upload the text as a record and ask about that."
            )
        return task

    def _guard_in(self, turn: Turn, parts: _Parts) -> Generator[Event, None, bool]:
        """Red flags and refusals before any model. Returns True where they are the whole answer."""
        yield Stage(StageName.GUARD)
        question = turn.request.question
        flags: tuple[RedFlag, ...] = ()
        if question:
            found = triage(question, language=turn.language, country=self.country or None)
            flags = found.red_flags
        for flag in flags:
            parts.take(RedFlagRaised(flag))
            yield RedFlagRaised(flag)
        yield Stage(StageName.GUARD, done=True, count=len(flags))
        urgent = [f for f in flags if f.urgency in (Urgency.EMERGENCY, Urgency.URGENT)]
        if urgent and turn.request.audience == "patient":
            for text in dict.fromkeys(f.action for f in urgent):
                event = SentenceShown("answer", Sentence(text, Verdict.SUPPORTED, Origin.RULE))
                parts.take(event)
                yield event
            return True
        # A flag that a rule raised tells of an emergency: only a refusal rule may then still speak, never a score.
        sure = any(flag.rule != SECOND_READING for flag in flags)
        embed = None if sure else turn.services.question_vector
        refusal = refuse(question, language=turn.language, embed=embed) if question else None
        if refusal is not None:
            turn.abstained = True
            event = SentenceShown("answer", Sentence(refusal.text, Verdict.SUPPORTED, Origin.RULE))
            parts.take(event)
            yield event
            return True
        return False


class _Parts:
    """What a turn has produced so far."""

    def __init__(self) -> None:
        self.red_flags: list[RedFlag] = []
        self.alerts: list[Alert] = []
        self.withheld: list[Withheld] = []
        self.sentences: dict[str, list[Sentence]] = {}

    def take(self, event: Event) -> None:
        match event:
            case RedFlagRaised(flag):
                self.red_flags.append(flag)
            case AlertRaised(alert):
                self.alerts.append(alert)
            case SentenceWithheld(withheld):
                self.withheld.append(withheld)
            case SentenceShown(section, sentence):
                self.sentences.setdefault(section, []).append(sentence)
            case _:
                pass


def _restricted(services: Services, request: Request, notices: list[str]) -> Services:
    """The turn's library holds the collections chosen alone, and the answer says so."""
    if not request.collections or services.library is None:
        return services
    notices.append(
        "仅检索了所选的指南合集。"
        if request.answer_language == "zh"
        else "Only the guideline collections chosen were searched."
    )
    return replace(services, library=RestrictedLibrary(services.library, request.collections))


def _without_instructions(request: Request) -> tuple[Request, list[str]]:
    """Text that gives orders to an assistant is blanked, in the record with its offsets kept, and named as a notice."""
    notices: list[str] = []
    zh = request.answer_language == "zh"
    record, question = request.record, request.question
    if record is not None:
        record, found = _uninstructed(record)
        if found:
            notices.append(
                f"病历中发现 {found} 处针对助手的指令，未予执行，也未采用。"
                if zh
                else f"The record holds {found} instruction(s) addressed to an assistant; they were not followed and not used."
            )
    if question and find_instructions(question):
        question, hits = strip_instructions(question)
        question = " ".join(question.split())
        notices.append(
            f"消息中发现 {len(hits)} 处改变助手行为的指令，未予执行。"
            if zh
            else f"The message holds {len(hits)} instruction(s) to change how the assistant works; they were not followed."
        )
    return replace(request, record=record, question=question or request.question), notices


def _uninstructed(record: PatientRecord) -> tuple[PatientRecord, int]:
    """The record without its instructions and the facts that were read from them, and how many there were."""
    cleaned = {d.id: strip_instructions(d.text) for d in record.documents}
    hits = {document: spans for document, (_, spans) in cleaned.items() if spans}
    if not hits:
        return record, 0

    def kept(facts: Iterable[Fact]) -> tuple[Fact, ...]:
        return tuple(f for f in facts if not _overlaps(f.place, hits.get(f.place.document_id, ())))

    clean = replace(
        record,
        documents=tuple(replace(d, text=cleaned[d.id][0]) if d.id in hits else d for d in record.documents),
        conditions=kept(record.conditions),
        procedures=kept(record.procedures),
        medications=kept(record.medications),
        allergies=kept(record.allergies),
        observations=kept(record.observations),
        pending_results=kept(record.pending_results),
        follow_ups=kept(record.follow_ups),
        statements=kept(record.statements),
    )
    return clean, sum(map(len, hits.values()))


def _overlaps(place: Place, spans: Iterable[InstructionFound]) -> bool:
    return any(place.start < span.end and span.start < place.end for span in spans)


def _guard_out(event: Event) -> Event:
    """Model and guideline text leaves as dead text: no link, image or markup works."""
    match event:
        case SentenceShown(section, sentence):
            return SentenceShown(section, replace(sentence, text=dead_text(sentence.text)))
        case SentenceWithheld(withheld):
            return SentenceWithheld(replace(withheld, text=dead_text(withheld.text)))
        case _:
            return event


def _placed(event: Event, template: Template | None) -> Event | None:
    """The event under the template's own section; None for a sentence that the template leaves out."""
    if template is None or not isinstance(event, SentenceShown):
        return event
    key = template.place_of(event.section)
    return SentenceShown(key, event.sentence) if key else None


def _finish(task: Task, turn: Turn, parts: _Parts, template: Template | None) -> Answer:
    language = turn.language
    specs = {
        spec.key: spec
        for spec in (task.sections if template is None else [s.spec for s in template.sections])
    }
    shown = parts.sentences if template is None else template.arranged(parts.sentences, language)
    sections = tuple(
        Section(
            key,
            spec.title(language),
            tuple(shown.get(key, ())),
            required=spec.required,
            complete=bool(shown.get(key)) or not spec.required,
        )
        for key, spec in specs.items()
    )
    answer = Answer(
        task=task.name,
        language=language,
        model=turn.services.model_name,
        adapter=turn.services.adapter_name,
        sections=sections,
        abstained=turn.abstained,
        red_flags=tuple(parts.red_flags),
        alerts=tuple(parts.alerts),
        missing=tuple(s.key for s in sections if s.required and not s.complete),
        withheld=tuple(parts.withheld),
        timings=Timings(
            retrieve_s=round(turn.retrieve_s, 3),
            first_token_s=round(turn.first_token_s, 3),
            total_s=round(turn.elapsed_s(), 3),
            tokens_per_s=round(turn.model_tokens / turn.model_s, 1) if turn.model_s else 0.0,
        ),
        audience=turn.request.audience,
        notices=tuple(turn.notices),
        template=template.name if template else "",
        title=template.title(language) if template else "",
    )
    return replace(answer, text=to_markdown(answer))
