"""What of a conversation belongs in a note, and in which part: read by rules, each item with the turns it came from.

Owns the choice and its order. Every word written stands in the turns cited or is a frame word (:func:`borne_out`); an item that
fails this is quoted as it was said. Word lists: ``spoken.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from assistant.records.dialogue import Dialogue, DialogueTurn, Speaker, spoken_sentences
from assistant.tasks.spoken import (
    FRAME,
    Sex,
    asked_and_answered,
    in_third_person,
    plain,
    sentence,
    with_figures,
)
from assistant.verification.facts import quantities_in
from assistant.verification.terms import stem

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

Span = tuple[int, int]
MAX_SHARE = 0.5
"""Largest part of the conversation's characters that a note may take; what weighs least is left out first."""
MIN_CHARS = 1200
"""A note of this length is short whatever the conversation."""
KEEP = 4
"""Items of this weight and more are never left out for length."""
LONG_WORDS = 40


@dataclass(frozen=True)
class NoteItem:
    """``spans`` are the places in the document; ``spoken`` marks one speaker's plain statement, which a model may reword."""

    section: str
    text: str
    spans: tuple[Span, ...]
    weight: int
    spoken: bool = False


@dataclass(frozen=True)
class _Said:
    """One sentence of a turn; ``asks`` where it is a question."""

    turn: DialogueTurn
    text: str
    span: Span
    asks: bool


@cache
def _words() -> dict[str, dict[str, re.Pattern[str]]]:
    raw = yaml.safe_load(Path(__file__).with_name("spoken.yaml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, re.Pattern[str]]] = {}
    for name, rows in raw.items():
        if isinstance(rows, dict):
            found[name] = {
                "en": re.compile(r"(?<![A-Za-z])(?:" + "|".join(rows["en"].split()) + r")(?![A-Za-z])", re.I),
                "zh": re.compile("|".join(re.escape(w) for w in rows["zh"].split()), re.I),
            }
    return found


@cache
def _leads() -> tuple[re.Pattern[str], re.Pattern[str]]:
    raw = yaml.safe_load(Path(__file__).with_name("spoken.yaml").read_text(encoding="utf-8"))
    ours, theirs = (
        re.compile("^(?:" + "|".join(raw[name]) + ")", re.I) for name in ("plan_leads", "patient_leads")
    )
    return ours, theirs


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
        self.formulary = formulary
        self.zh = dialogue.language == "zh"
        self.sex = _sex(dialogue)
        self.exam_from = self._exam_start()
        self.asked: list[_Said] = []

    def items(self) -> Iterator[NoteItem]:
        for turn in self.turns:
            if turn.speaker is Speaker.CLINICIAN:
                yield from self._clinician(turn)
            elif turn.speaker is Speaker.OTHER:
                yield from self._other(turn)
            else:
                yield from self._patient(turn)
        yield from self._unanswered()

    def has(self, name: str, text: str) -> bool:
        return bool(_words()[name]["zh" if self.zh else "en"].search(text))

    def hits(self, name: str, text: str) -> int:
        return len({m.lower() for m in _words()[name]["zh" if self.zh else "en"].findall(text)})

    # -- clinician -------------------------------------------------------------------------------------------------

    def _clinician(self, turn: DialogueTurn) -> Iterator[NoteItem]:
        yield from self._unanswered()
        for said in self._sentences(turn):
            if said.asks:
                self.asked.append(said)
                continue
            item = self._stated(said)
            if item is not None:
                yield item

    def _stated(self, said: _Said) -> NoteItem | None:
        """A clinician's statement: opening summary, examination and results, assessment, or plan."""
        text = plain(said.text)
        late = said.turn.number >= self.exam_from
        if len(text) < (4 if self.zh else 12) or (self.has("aside", said.text) and not self._weighs(text)):
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
        if self.has("exam", text) and (late or self._tells_result(text)) and not self._announces(text):
            return self._item("objective", sentence(self._without_you(text), zh=self.zh), said, 5)
        if late and self.has("assess", text) and self.has("clinical", text):
            return self._item("assessment", sentence(self._without_you(text), zh=self.zh), said, 4)
        if (
            self.has("history", text)
            and self.has("clinical", text)
            and re.search(r"history of|既往|病史", text)
        ):
            return self._item("history", sentence(self._without_you(text), zh=self.zh), said, 4)
        if late and self._weighs(text):
            return self._item("assessment", sentence(self._without_you(text), zh=self.zh), said, 2)
        return None

    def _plan(self, text: str, late: bool) -> str:
        """The clinician's intention as an order: ``I'm going to order an X-ray`` → ``Order an X-ray.``"""
        if self.zh:
            return (
                f"医生：“{text}”"
                if self.has("plan", text)
                and re.search(
                    r"建议|开|吃|服|复查|复诊|注意|做个|继续|停|休息|避免|随[诊访]|给[你您]|先", text
                )
                else ""
            )
        ours, theirs = _leads()
        if (
            not self.has("plan", text)
            or self._announces(text)
            or re.match(r"(?:do|did|have|are|if)\s+(?:you|i)\b", text, re.I)
        ):
            return ""
        lead = ours.match(text)
        if lead:
            return sentence(self._without_you(text[lead.end() :], ordering=True))
        lead = theirs.match(text)
        if lead:
            return sentence("Patient to " + self._without_you(text[lead.end() :], ordering=True))
        if late and re.search(
            r"\b(?:i|we)(?:'m|'re| am| are)?\s*(?:also |just )?(?:going to|gonna|will|'ll|would|want|recommend|can)\b|\b(?:i|we)'ll\b|\byou (?:should|need to|can|could|will)\b|\b(?:recommend|continue|follow up|come back|call me|let's)\b",
            text,
            re.I,
        ):
            return sentence(self._without_you(text, ordering=True))
        return ""

    @staticmethod
    def _announces(text: str) -> bool:
        """What the clinician is about to do in the room is no finding and no plan."""
        return bool(
            re.search(
                r"\b(?:let me|i'm (?:just )?(?:going to|gonna)|i am going to|i will|i'll|let's|i wanna|i want to|i'd like to)\s+(?:also\s|just\s|quickly\s|go ahead and\s)*(?:take a (?:quick )?look|look at|listen|examine|press|do (?:a|your|my) (?:quick )?(?:physical|exam)|check out|check your (?:heart|lungs|vitals|eyes|ears|reflexes)|feel|ask|talk|move on|review|go over|see (?:what|how)|start (?:with|by)|have you (?:sit|lie|stand))\b"
                r"|\bwe'?(?:ll| will| can)? (?:talk|go over|discuss)\b|\b(?:hey|okay|hi),? dragon\b|\bshow me\b|\border (?:the|a|an) .{3,60}\bdragon\b",
                text,
                re.I,
            )
        )

    def _without_you(self, text: str, *, ordering: bool = False) -> str:
        """Words to the patient as words about them. What cannot be turned without a guess stays as it was said."""
        if self.zh:
            return text
        text = with_figures(text)
        text = re.sub(
            r"\byour (?=(?:mom|mum|mother|dad|father|brother|sister|wife|husband|son|daughter|family|parents?|aunt|uncle|grand\w+)\b)",
            "the patient's ",
            text,
            flags=re.I,
        )
        text = re.sub(
            r"(?<!do )(?<!did )(?<!have )(?<!let )(?<!make )\byou (do|need|feel|want|take|get|seem|look)\b(?! you)",
            lambda m: "patient " + {"do": "does"}.get(m.group(1).lower(), m.group(1) + "s"),
            text,
            flags=re.I,
        )
        text = re.sub(r"\byou don't\b", "patient does not", text, flags=re.I)
        text = re.sub(r"\byourself\b", "self", text, flags=re.I)
        text = re.sub(r"\byou (?:have|'ve)\b|\byou've\b", "patient has", text, flags=re.I)
        text = re.sub(r"\byou(?:'re| are)\b", "patient is", text, flags=re.I)
        text = re.sub(r"\byou were\b", "patient was", text, flags=re.I)
        text = re.sub(
            r"\b(?:on|of|in|to|for|with|at|by|and|from) your\b",
            lambda m: m.group().split()[0],
            text,
            flags=re.I,
        )
        text = re.sub(r"\byour\s", "", text, flags=re.I)
        return re.sub(r"\byou\b", "the patient", text, flags=re.I)

    def _about_patient(self, text: str) -> bool:
        return self.has("clinical", text) or bool(re.search(r"presents?|here|来", text))

    @staticmethod
    def _tells_result(text: str) -> bool:
        return bool(
            re.search(
                r"\b(?:was|were|is|are|showed?|shows|demonstrat\w+|came back|revealed|positive|negative)\b|结果|提示|显示|\d",
                text,
                re.I,
            )
        )

    # -- patient ---------------------------------------------------------------------------------------------------

    def _patient(self, turn: DialogueTurn) -> Iterator[NoteItem]:
        asked, self.asked = self.asked, []
        parts = list(self._sentences(turn))
        rest = parts
        if asked and parts:
            question = asked[-1]
            for earlier in asked[:-1]:
                # Two questions in one breath: which one the answer is to cannot be told, so only the last is paired.
                if self._matters(earlier.text) and self._is_short(turn.text):
                    question = _Said(
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

    def _pair(
        self, question: _Said, turn: DialogueTurn, parts: Sequence[_Said]
    ) -> tuple[NoteItem, int] | None:
        """Question and answer as one item, and how many of the answer's sentences it tells."""
        asked, answer = question.text, parts[0].text
        if self.has("aside", asked) and not self._weighs(asked):
            return None
        if not self._matters(asked) and not (self._is_short(turn.text) and self._matters(turn.text)):
            return None
        found = asked_and_answered(asked, answer, zh=self.zh)
        spans = (question.span, parts[0].span)
        section = self._section(f"{asked} {answer}", turn)
        if found.denied and self._matters(found.finding):
            text = f"否认{found.finding}" if self.zh else f"Denies {found.finding}"
            hedge = plain(found.rest) if found.rest and found.rest.startswith(answer[:4]) else ""
            if hedge and not re.fullmatch(r"\W*(?:no|nope)\W*", hedge, re.I):
                text += f"（“{hedge}”）" if self.zh else f" (“{hedge.rstrip('.')}”)"
            return self._built(section, sentence(text, zh=self.zh), spans, 5), 1
        if found.denied is False and self._matters(found.finding):
            bare = len(answer.split()) <= 2 and len(answer) < 14
            text = f"有{found.finding}" if self.zh else f"Reports {found.finding}"
            return self._built(section, sentence(text, zh=self.zh), spans, 5), 1 if bare else 0
        if not self._is_short(answer) and self._matters(answer) and not self._weighs(asked):
            return None
        text = self._quoted(asked, answer)
        return NoteItem(section, text, spans, 4 if self._matters(asked) else 2), 1

    def _quoted(self, asked: str, answer: str) -> str:
        question = plain(self._last_question(asked))
        reply = plain(answer) or answer.strip()
        if self.zh:
            return f"问“{question}”答“{reply}”。"
        return sentence(f"Asked “{question.rstrip('?. ')}?”: “{reply.rstrip('.')}”.")

    @staticmethod
    def _last_question(asked: str) -> str:
        return asked if len(asked) <= 160 else asked[-160:].split(" ", 1)[-1]

    def _told(self, said: _Said) -> NoteItem | None:
        """A statement of the patient or a relative: in the third person, or quoted where that would need a guess."""
        text = plain(said.text)
        if said.asks or len(text) < (3 if self.zh else 12) or not self._matters(text):
            return None
        if self.has("aside", said.text) and not self._weighs(text):
            return None
        relative = said.turn.speaker is Speaker.RELATIVE
        weight = min(3, self.hits("clinical", text)) + (1 if self.has("time", text) else 0)
        weight = max(weight, 5) if self._weighs(text) else min(weight, 3)
        section = self._section(text, said.turn)
        turned = None if relative or self.zh else in_third_person(with_figures(text), self.sex)
        if turned and borne_out(turned, self.text[slice(*said.span)]):
            return NoteItem(section, sentence(turned), (said.span,), weight, spoken=True)
        who = ("家属" if relative else "患者") if self.zh else ("Relative" if relative else "Patient")
        text = f"{who}：“{text}”。" if self.zh else f"{who}: “{text.rstrip('.')}”."
        return NoteItem(section, text, (said.span,), weight, spoken=not relative)

    def _other(self, turn: DialogueTurn) -> Iterator[NoteItem]:
        for said in self._sentences(turn):
            text = plain(said.text)
            if self._matters(text) and not said.asks:
                quoted = (
                    f"{turn.label}：“{text}”。"
                    if self.zh
                    else f"{turn.label.capitalize()}: “{text.rstrip('.')}”."
                )
                yield NoteItem(self._section(text, turn), quoted, (said.span,), 3)

    def _unanswered(self) -> Iterator[NoteItem]:
        """Questions that nobody answered say nothing; a result told as a question is still told."""
        self.asked = []
        yield from ()

    # -- where it belongs ------------------------------------------------------------------------------------------

    def _section(self, text: str, turn: DialogueTurn) -> str:
        drugs = bool(self.formulary.names_in(text))
        if re.search(r"\ballerg(?:y|ies|ic) to\b|\b(?:drug|medication|food|any) allerg|过敏", text, re.I):
            return "medications"
        if drugs or re.search(
            r"\b(?:medications?|medicines?|pills?|tablets?|inhalers?|prescri\w+|milligrams?)\b|吃药|用药|服药",
            text,
            re.I,
        ):
            return "medications" if not (self.exam_from <= turn.number and self._late(turn)) else "subjective"
        if self.has("history", text):
            return "history"
        if (
            turn.number >= self.exam_from
            and not self._late(turn)
            and re.search(
                r"\b(?:when i|press|push|bend|touch|squeeze|does (?:that|this|it) hurt|move)\b|按|压|疼吗",
                text,
                re.I,
            )
        ):
            return "objective"
        return "subjective"

    def _late(self, turn: DialogueTurn) -> bool:
        return turn.number > 0.9 * len(self.turns)

    def _matters(self, text: str) -> bool:
        return self.has("clinical", text) or bool(self.formulary.names_in(text))

    def _weighs(self, text: str) -> bool:
        """Medicines, doses, measured values, allergies and thoughts of harm are never left out for length."""
        return bool(
            self.formulary.names_in(text)
            or any(q.unit for q in quantities_in(text))
            or re.search(
                r"\ballerg|\bsuicid|\bmilligrams?\b|hurting (?:yourself|myself)|kill (?:yourself|myself)|过敏|自杀|不想活",
                text,
                re.I,
            )
        )

    def _is_short(self, text: str) -> bool:
        return len(text) <= 16 if self.zh else len(text.split()) <= 12

    def _exam_start(self) -> int:
        """Number of the first turn of the examination; without one, the last third of the conversation."""
        for turn in self.turns:
            if (
                turn.speaker is Speaker.CLINICIAN
                and turn.number > 0.2 * len(self.turns)
                and self.has("exam_starts", turn.text)
                and (
                    self.has("exam", turn.text)
                    or self._announces(turn.text)
                    or "physical exam" in turn.text.lower()
                )
            ):
                return turn.number
        return int(0.67 * len(self.turns)) + 1

    # -- pieces ----------------------------------------------------------------------------------------------------

    def _sentences(self, turn: DialogueTurn) -> Iterator[_Said]:
        for text, start, end in spoken_sentences(turn):
            for piece, a, b in _breaths(text, start, end):
                yield _Said(turn, piece, (a, b), self._asks(piece))

    def _asks(self, text: str) -> bool:
        # "I'm starting you on lisinopril, okay?" asks for a nod and states an order.
        tagged = _TAG.search(text.strip())
        if tagged:
            text = text.strip()[: tagged.start()] + "."
        if re.search(r"[?？]\s*$", text.strip()):
            return True
        if self.zh:
            return bool(re.search(r"(?:吗|呢|没有|多久|怎么样|哪里|什么时候)[。]?$|有没有|是不是|有无", text))
        start = re.sub(
            r"^(?:(?:okay|ok|alright|all right|and|so|well|now|yeah|um|uh|then|great|good|but|right)\b[\s,.]*)+",
            "",
            text.strip(),
            flags=re.I,
        )
        return bool(
            (
                re.match(
                    r"(?:do|does|did|are|is|was|were|have|has|had|can|could|would|will|any|how|what|when|where|which|who|why|what's|how's|and any|or any)\b(?! i\b)",
                    start,
                    re.I,
                )
                and not text.strip().endswith(".")
            )
            or (
                re.search(
                    r"\b(?:are you|do you|have you|did you|is it|is there|does it|how (?:long|often|many|much)|what (?:kind|about))\b",
                    start,
                    re.I,
                )
                and not text.strip().endswith(".")
            )
        )

    def _item(self, section: str, text: str, said: _Said, weight: int) -> NoteItem:
        return self._built(section, text, (said.span,), weight)

    def _built(self, section: str, text: str, spans: tuple[Span, ...], weight: int) -> NoteItem:
        """``text`` where its words are all the speakers' own, else their words quoted."""
        quote = " ".join(self.text[a:b] for a, b in spans)
        if not self.zh and not borne_out(text, quote):
            text = " / ".join(f"“{plain(self.text[a:b])}”" for a, b in spans)
        return NoteItem(section, text, spans, weight)


_TAG = re.compile(
    r"[,.]\s*(?:okay|ok|alright|all right|right|yeah|you know)\s*\?\s*$|[，,](?:好吗|可以吗|行吗)[？?]?$",
    re.IGNORECASE,
)
_BREATH = re.compile(
    r"\s+(?=(?:okay|alright|all right|and then|anyway|so (?:i|we|you|your|for|on|let|the|it)|now (?:i|you|on|for|let)|and so|for your|on your|on (?:the )?(?:\w+ ){1,2}exam\w*|and i(?:'m| am)? (?:also )?(?:going to|gonna|wanna|want)|have you|do you|are you)\b)",
    re.I,
)


def _breaths(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """A run-on without marks, as recognisers write it, in the pieces that spoken turns of thought begin."""
    words = len(text.split())
    if words <= LONG_WORDS // 2 or (words <= LONG_WORDS and re.search(r"[,.;]", text[:-1])):
        yield text, start, end
        return
    cursor = 0
    for cut in [*(m for m in _BREATH.finditer(text)), None]:
        stop = cut.start() if cut else len(text)
        if cut and stop - cursor < 20:
            continue
        piece = text[cursor:stop]
        if piece.strip():
            yield piece, start + cursor, start + stop
        cursor = cut.end() if cut else stop


def borne_out(text: str, quote: str) -> bool:
    """True where each word and number of ``text`` stands in ``quote`` or is a frame word of a note."""
    said = {stem(w) for w in _tokens(with_figures(plain(quote))) + _tokens(quote)}
    return all(stem(w) in said or w in FRAME for w in _tokens(text))


def _tokens(text: str) -> list[str]:
    text = re.sub(r"(\w)n't\b", r"\1 not", text.lower().replace("’", "'").replace(" n't", "n't"))
    return re.findall(r"[a-z]+|\d+(?:\.\d+)?", re.sub(r"'(?:m|s|ve|re|ll|d)\b", "", text))


def _sex(dialogue: Dialogue) -> Sex:
    """As the clinician says it of the patient in so many words; a name or a voice says nothing."""
    said = " ".join(t.text for t in dialogue.turns if t.speaker is Speaker.CLINICIAN)
    found = re.search(
        r"\byear\s?-?\s?old\s+(?:[a-z-]+\s+){0,3}?(female|woman|lady|girl|male|man|gentleman|boy)\b",
        said,
        re.I,
    )
    if not found:
        return Sex.UNKNOWN
    return Sex.FEMALE if found.group(1).lower() in ("female", "woman", "lady", "girl") else Sex.MALE
