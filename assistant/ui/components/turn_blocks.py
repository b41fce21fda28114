"""A chat turn as blocks for the sheet: its stages while it runs, its answer when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.domain.answer import (
    Answer,
    Section,
    Sentence,
    Verdict,
)
from assistant.domain.events import (
    AlertRaised,
    Event,
    RedFlagRaised,
    SentenceShown,
    SentenceWithheld,
    Stage,
    StageName,
)
from assistant.domain.evidence import EvidenceKind
from assistant.export.markdown import source_marks
from assistant.tasks.base import SectionSpec
from assistant.tasks.registry import task_named
from assistant.ui.components.drawing import alerts, line, red_flags, withheld
from assistant.ui.components.sheet import Block
from assistant.ui.texts import say


def stage_chips(events: Iterable[Event], language: str) -> list[dict[str, object]]:
    """One chip a stage, in the order they began; a stage under way breathes."""
    stages: dict[StageName, Stage] = {}
    flags = 0
    for event in events:
        if isinstance(event, Stage):
            stages[event.name] = event
        flags += isinstance(event, RedFlagRaised)
    chips: list[dict[str, object]] = []
    for name, stage in stages.items():
        text = say(f"stage_{name.value}", language, n=stage.count or 0)
        tone = ""
        if stage.done:
            tone = "red" if name is StageName.GUARD and flags else "ok"
            count = "" if stage.count is None else str(stage.count)
            key = f"done_{name.value}"
            if name is StageName.GUARD:
                key = "done_guard_flags" if flags else "done_guard"
                count = str(flags)
            elif name is StageName.RETRIEVE and stage.total is not None:
                key = "done_retrieve_of"
            text = say(key, language, n=count, total=stage.total or 0)
        chips.append(
            {
                "text": ("✓ " if stage.done and tone == "ok" else "") + text,
                "tone": tone,
                "busy": not stage.done,
            }
        )
    return chips


def running(
    events: Sequence[Event], task: str, language: str, sections_of: Sequence[SectionSpec] = ()
) -> list[Block]:
    """A turn at work: stages, alerts first, then each sentence that has passed its check.

    ``sections_of`` are a template's sections, where one arranges the document.
    """
    all_sections = sections_of or task_named(task).sections
    chips = stage_chips(events, language) or [
        {"text": say("opening_short", language), "tone": "", "busy": True}
    ]
    blocks: list[Block] = [{"kind": "chips", "items": chips}]
    shown: dict[str, list[Sentence]] = {}
    held = []
    for event in events:
        if isinstance(event, SentenceShown):
            shown.setdefault(event.section, []).append(event.sentence)
        elif isinstance(event, SentenceWithheld):
            held.append(event.withheld)
    raised = [e.alert for e in events if isinstance(e, AlertRaised)]
    specs = [s for s in all_sections if s.key in shown]
    sections = tuple(Section(s.key, s.title(language), tuple(shown[s.key])) for s in specs)
    draft = Answer(task=task, language=language, model="", sections=sections, alerts=tuple(raised))
    marks = source_marks(draft)
    blocks += red_flags([e.red_flag for e in events if isinstance(e, RedFlagRaised)], language)
    blocks += alerts(raised, marks, language)
    for section in sections:
        if len(all_sections) > 1:
            blocks.append({"kind": "head", "text": section.title})
        blocks += [line(s, marks, language) for s in section.sentences]
    return blocks + withheld(held, language)


def finished(
    answer: Answer, language: str, *, rated: str = "", plain: str = "", can_rate: bool = True
) -> list[Block]:
    """A chat answer: alerts, sentences, what was withheld, how long it took."""
    marks = source_marks(answer)
    blocks: list[Block] = [{"kind": "chips", "items": what_was_done(answer, language)}]
    blocks += red_flags(answer.red_flags, language) + alerts(answer.alerts, marks, language)
    for section in answer.sections:
        if len(answer.sections) > 1 and section.sentences:
            blocks.append({"kind": "head", "text": section.title})
        blocks += [line(s, marks, language) for s in section.sentences]
    blocks += [{"kind": "notice", "text": notice} for notice in answer.notices]
    blocks += withheld(answer.withheld, language)
    blocks.append(
        {"kind": "foot", "text": timings(answer, language), "copy": plain, "rate": can_rate, "rated": rated}
    )
    return blocks


def what_was_done(answer: Answer, language: str) -> list[dict[str, object]]:
    """The stages of a finished answer, by what they left in it."""
    shown = [s for section in answer.sections for s in section.sentences]
    cited = {e for s in shown for e in s.evidence}
    facts = [e for e in cited if e.kind is EvidenceKind.RECORD]
    passages = [e for e in cited if e.kind is EvidenceKind.GUIDELINE]
    good = sum(s.verdict is Verdict.SUPPORTED for s in shown)
    flags = len(answer.red_flags)
    chips: list[dict[str, object]] = [
        {"text": say("done_guard_flags", language, n=flags), "tone": "red"}
        if flags
        else {"text": "✓ " + say("done_guard", language), "tone": "ok"}
    ]
    if facts:
        chips.append({"text": "✓ " + say("done_record", language, n=len(facts)), "tone": "ok"})
    if passages:
        total = len({e.id for e in passages})
        chips.append(
            {"text": "✓ " + say("done_retrieve_of", language, n=len(passages), total=total), "tone": "ok"}
        )
    if answer.abstained:
        chips.append({"text": say("abstained", language), "tone": "amber"})
    elif shown:
        of = good + len(answer.withheld) + (len(shown) - good)
        chips.append(
            {
                "text": "✓ " + say("done_verify_of", language, n=good, total=of),
                "tone": "ok" if good == of else "amber",
            }
        )
    return chips


def timings(answer: Answer, language: str) -> str:
    took = answer.timings
    parts = []
    if took.first_token_s:
        parts.append(say("first_token", language, s=f"{took.first_token_s:.1f}"))
    parts.append(say("whole", language, s=f"{took.total_s:.1f}"))
    model = answer.model + (f" + {answer.adapter}" if answer.adapter else "")
    parts.append(say("no_model", language) if answer.model == "none" else model)
    return " · ".join(parts)
