"""What of a conversation belongs in a note, and in which part: read by rules, each item with the turns it came from.

Owns the choice and its order. Every word written stands in the turns cited or is a frame word (:func:`borne_out`); an item that
fails this is quoted as it was said. Word lists: ``spoken.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.records.dialogue import Dialogue, DialogueTurn, Speaker
from assistant.tasks.clinician_words import announces, plan_leads, sex_of_patient, tells_result, without_you
from assistant.tasks.note_parts import NoteParts
from assistant.tasks.spoken import (
    FRAME,
    asked_and_answered,
    in_third_person,
    plain,
    sentence,
    with_figures,
)
from assistant.tasks.utterances import Said, Span, last_question, utterances
from assistant.verification.terms import stem

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

MAX_SHARE = 0.5
"""Largest part of the conversation's characters that a note may take; what weighs least is left out first."""
MIN_CHARS = 1200
"""A note of this length is short whatever the conversation."""
KEEP = 4
"""Items of this weight and more are never left out for length."""


@dataclass(frozen=True)
class NoteItem:
    """``spans`` are the places in the document; ``spoken`` marks one speaker's plain statement, which a model may reword."""

    section: str
    text: str
    spans: tuple[Span, ...]
    weight: int
    spoken: bool = False


def note_items(dialogue: Dialogue, text: str, formulary: Formulary) -> list[NoteItem]:
    """Items in the order of the conversation; the same thing said twice is written once."""
    reader = _Reader(dialogue, text, formulary)
    items: list[NoteItem] = []
    said: set[str] = set()
    for item in reader.items():
        key = re.sub(r"\W+", "", item.text).casefold()
        if key and key not in said:
            said.add(key)
            items.append(item)
    return _short_enough(items, max(MIN_CHARS, int(MAX_SHARE * sum(len(t.text) for t in dialogue.turns))))


def _short_enough(items: list[NoteItem], limit: int) -> list[NoteItem]:
    size = sum(len(i.text) for i in items)
    for index in sorted(range(len(items)), key=lambda n: (items[n].weight, -n)):
        if size <= limit or items[index].weight >= KEEP:
            break
        size -= len(items[index].text)
        items[index] = replace(items[index], text="")
    return [i for i in items if i.text]


class _Reader:
    def __init__(self, dialogue: Dialogue, text: str, formulary: Formulary) -> None:
        self.turns = dialogue.turns
        self.text = text
        self.parts = NoteParts(dialogue, formulary)
        self.zh = dialogue.language == "zh"
        self.sex = sex_of_patient(dialogue)
        self.asked: list[Said] = []

    def items(self) -> Iterator[NoteItem]:
        for turn in self.turns:
            if turn.speaker is Speaker.CLINICIAN:
                yield from self._clinician(turn)
            elif turn.speaker is Speaker.OTHER:
                yield from self._other(turn)
            else:
                yield from self._patient(turn)

    # -- clinician -------------------------------------------------------------------------------------------------

    def _clinician(self, turn: DialogueTurn) -> Iterator[NoteItem]:
        # A question that nobody answered says nothing.
        self.asked = []
        for said in utterances(turn, zh=self.zh):
            if said.asks:
                self.asked.append(said)
                continue
            item = self._stated(said)
            if item is not None:
                yield item

    def _stated(self, said: Said) -> NoteItem | None:
        """A clinician's statement: opening summary, examination and results, assessment, or plan."""
        text = plain(said.text)
        late = said.turn.number >= self.parts.exam_from
        if len(text) < (4 if self.zh else 12) or (
            self.parts.has("aside", said.text) and not self.parts.weighs(text)
        ):
            return None
        if (
            not late
            and re.search(r"\b\d{1,3}\s?-?\s?year\s?-?\s?old\b|\bpresents?\b|岁", text)
            and self._about_patient(text)
        ):
            return self._item("subjective", sentence(text, zh=self.zh), said, 5)
        plan = self._plan(text, late)
        if plan:
            return self._item("plan", plan, said, 5)
        if self.parts.has("exam", text) and (late or tells_result(text)) and not announces(text):
            return self._item("objective", sentence(without_you(text, zh=self.zh), zh=self.zh), said, 5)
        if late and self.parts.has("assess", text) and self.parts.has("clinical", text):
            return self._item("assessment", sentence(without_you(text, zh=self.zh), zh=self.zh), said, 4)
        if (
            self.parts.has("history", text)
            and self.parts.has("clinical", text)
            and re.search(r"history of|既往|病史", text)
        ):
            return self._item("history", sentence(without_you(text, zh=self.zh), zh=self.zh), said, 4)
        if late and self.parts.weighs(text):
            return self._item("assessment", sentence(without_you(text, zh=self.zh), zh=self.zh), said, 2)
        return None

    def _plan(self, text: str, late: bool) -> str:
        """The clinician's intention as an order: ``I'm going to order an X-ray`` → ``Order an X-ray.``"""
        if self.zh:
            return (
                f"医生：“{text}”"
                if self.parts.has("plan", text)
                and re.search(
                    r"建议|开|吃|服|复查|复诊|注意|做个|继续|停|休息|避免|随[诊访]|给[你您]|先", text
                )
                else ""
            )
        ours, theirs = plan_leads()
        if (
            not self.parts.has("plan", text)
            or announces(text)
            or re.match(r"(?:do|did|have|are|if)\s+(?:you|i)\b", text, re.I)
        ):
            return ""
        lead = ours.match(text)
        if lead:
            return sentence(without_you(text[lead.end() :], zh=self.zh))
        lead = theirs.match(text)
        if lead:
            return sentence("Patient to " + without_you(text[lead.end() :], zh=self.zh))
        if late and re.search(
            r"\b(?:i|we)(?:'m|'re| am| are)?\s*(?:also |just )?(?:going to|gonna|will|'ll|would|want|recommend|can)\b|\b(?:i|we)'ll\b|\byou (?:should|need to|can|could|will)\b|\b(?:recommend|continue|follow up|come back|call me|let's)\b",
            text,
            re.I,
        ):
            return sentence(without_you(text, zh=self.zh))
        return ""

    def _about_patient(self, text: str) -> bool:
        return self.parts.has("clinical", text) or bool(re.search(r"presents?|here|来", text))

    # -- patient ---------------------------------------------------------------------------------------------------

    def _patient(self, turn: DialogueTurn) -> Iterator[NoteItem]:
        asked, self.asked = self.asked, []
        parts = list(utterances(turn, zh=self.zh))
        rest = parts
        if asked and parts:
            question = asked[-1]
            for earlier in asked[:-1]:
                # Two questions in one breath: which one the answer is to cannot be told, so only the last is paired.
                if self.parts.matters(earlier.text) and self._is_short(turn.text):
                    question = Said(
                        question.turn,
                        f"{earlier.text} {question.text}",
                        (earlier.span[0], question.span[1]),
                        True,
                    )
            pair = self._pair(question, turn, parts)
            if pair is not None:
                item, used = pair
                yield item
                rest = parts[used:]
        yield from (told for said in rest if (told := self._told(said)) is not None)

    def _pair(self, question: Said, turn: DialogueTurn, parts: Sequence[Said]) -> tuple[NoteItem, int] | None:
        """Question and answer as one item, and how many of the answer's sentences it tells."""
        asked, answer = question.text, parts[0].text
        if self.parts.has("aside", asked) and not self.parts.weighs(asked):
            return None
        if not self.parts.matters(asked) and not (
            self._is_short(turn.text) and self.parts.matters(turn.text)
        ):
            return None
        found = asked_and_answered(asked, answer, zh=self.zh)
        spans = (question.span, parts[0].span)
        section = self.parts.section_of(f"{asked} {answer}", turn)
        if found.denied and self.parts.matters(found.finding):
            text = f"否认{found.finding}" if self.zh else f"Denies {found.finding}"
            hedge = plain(found.rest) if found.rest and found.rest.startswith(answer[:4]) else ""
            if hedge and not re.fullmatch(r"\W*(?:no|nope)\W*", hedge, re.I):
                text += f"（“{hedge}”）" if self.zh else f" (“{hedge.rstrip('.')}”)"
            return self._built(section, sentence(text, zh=self.zh), spans, 5), 1
        if found.denied is False and self.parts.matters(found.finding):
            bare = len(answer.split()) <= 2 and len(answer) < 14
            text = f"有{found.finding}" if self.zh else f"Reports {found.finding}"
            return self._built(section, sentence(text, zh=self.zh), spans, 5), 1 if bare else 0
        if not self._is_short(answer) and self.parts.matters(answer) and not self.parts.weighs(asked):
            return None
        text = self._quoted(asked, answer)
        return NoteItem(section, text, spans, 4 if self.parts.matters(asked) else 2), 1

    def _quoted(self, asked: str, answer: str) -> str:
        question = plain(last_question(asked))
        reply = plain(answer) or answer.strip()
        if self.zh:
            return f"问“{question}”答“{reply}”。"
        return sentence(f"Asked “{question.rstrip('?. ')}?”: “{reply.rstrip('.')}”.")

    def _told(self, said: Said) -> NoteItem | None:
        """A statement of the patient or a relative: in the third person, or quoted where that would need a guess."""
        text = plain(said.text)
        if said.asks or len(text) < (3 if self.zh else 12) or not self.parts.matters(text):
            return None
        if self.parts.has("aside", said.text) and not self.parts.weighs(text):
            return None
        relative = said.turn.speaker is Speaker.RELATIVE
        weight = min(3, self.parts.hits("clinical", text)) + (1 if self.parts.has("time", text) else 0)
        weight = max(weight, 5) if self.parts.weighs(text) else min(weight, 3)
        section = self.parts.section_of(text, said.turn)
        turned = None if relative or self.zh else in_third_person(with_figures(text), self.sex)
        if turned and borne_out(turned, self.text[slice(*said.span)]):
            return NoteItem(section, sentence(turned), (said.span,), weight, spoken=True)
        who = ("家属" if relative else "患者") if self.zh else ("Relative" if relative else "Patient")
        text = f"{who}：“{text}”。" if self.zh else f"{who}: “{text.rstrip('.')}”."
        return NoteItem(section, text, (said.span,), weight, spoken=not relative)

    def _other(self, turn: DialogueTurn) -> Iterator[NoteItem]:
        for said in utterances(turn, zh=self.zh):
            text = plain(said.text)
            if self.parts.matters(text) and not said.asks:
                quoted = (
                    f"{turn.label}：“{text}”。"
                    if self.zh
                    else f"{turn.label.capitalize()}: “{text.rstrip('.')}”."
                )
                yield NoteItem(self.parts.section_of(text, turn), quoted, (said.span,), 3)

    def _is_short(self, text: str) -> bool:
        return len(text) <= 16 if self.zh else len(text.split()) <= 12

    # -- pieces ----------------------------------------------------------------------------------------------------

    def _item(self, section: str, text: str, said: Said, weight: int) -> NoteItem:
        return self._built(section, text, (said.span,), weight)

    def _built(self, section: str, text: str, spans: tuple[Span, ...], weight: int) -> NoteItem:
        """``text`` where its words are all the speakers' own, else their words quoted."""
        quote = " ".join(self.text[a:b] for a, b in spans)
        if not self.zh and not borne_out(text, quote):
            text = " / ".join(f"“{plain(self.text[a:b])}”" for a, b in spans)
        return NoteItem(section, text, spans, weight)


def borne_out(text: str, quote: str) -> bool:
    """True where each word and number of ``text`` stands in ``quote`` or is a frame word of a note."""
    said = {stem(w) for w in _tokens(with_figures(plain(quote))) + _tokens(quote)}
    return all(stem(w) in said or w in FRAME for w in _tokens(text))


def _tokens(text: str) -> list[str]:
    text = re.sub(r"(\w)n't\b", r"\1 not", text.lower().replace("’", "'").replace(" n't", "n't"))
    return re.findall(r"[a-z]+|\d+(?:\.\d+)?", re.sub(r"'(?:m|s|ve|re|ll|d)\b", "", text))
