"""Says how urgent a message is, by rule alone: red flags first, then paperwork or self-care.

Owns how rule rows combine concepts and what they advise. Where no rule calls an emergency, a second reading may
add a flag, and nothing lowers an alarm that a rule has raised. Refuses to know models, records and the page. Runs in under
5 ms a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.domain.answer import RedFlag, Urgency
from assistant.safety.red_flag_lexicon import RULES_FOLDER, Lexicon, load_lexicon, load_yaml
from assistant.safety.red_flag_phrases import phrases_of
from assistant.safety.red_flags import Assertion, Mention, Message, detect_language
from assistant.safety.second_reading import WHO, read_again

_GRAVITY = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE, Urgency.SELF_CARE)
_LONGEST_READ = 20_000
_LONGEST_QUOTE = 200
SECOND_READING = "second_reading"
_NOT_SAID_OF_THIS = frozenset(
    {Assertion.NEGATED, Assertion.READ_ABOUT, Assertion.HYPOTHETICAL, Assertion.FIGURATIVE, Assertion.ANIMAL}
)


class InBothLanguages(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    en: str
    zh: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Rule(BaseModel):
    """One row: every entry of ``all_of`` (alternatives split by ``|``) is stated, none of ``none_of`` is."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    condition: InBothLanguages
    urgency: Urgency
    action: str
    all_of: tuple[str, ...] = Field(alias="all")
    none_of: tuple[str, ...] = Field(default=(), alias="none")
    window: Literal["text", "sentence"] = "text"
    framed: Literal["any", "bedside"] = "any"
    """``bedside``: only where one patient in front of a clinician has just changed."""
    resolved: bool = False
    """Fires on what has passed too: a stroke that cleared up is still an emergency."""
    asked: bool = False
    """Fires on what is only asked about too: to ask for a painless way to die is the sign itself."""
    do: InBothLanguages | None = None
    source: str


class Place(BaseModel):
    """The numbers to call in one country."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    emergency: str | InBothLanguages
    crisis: InBothLanguages


@dataclass(frozen=True)
class RuleBook:
    rules: Mapping[str, Rule]
    second_reading: InBothLanguages
    actions: Mapping[str, InBothLanguages]
    places: Mapping[str, Place]
    lexicon: Lexicon


@dataclass(frozen=True)
class Triage:
    """``red_flags`` are ordered, gravest first; each quote stands word for word in the message."""

    urgency: Urgency
    red_flags: tuple[RedFlag, ...] = ()


@lru_cache(maxsize=1)
def load_rules(folder: Path = RULES_FOLDER) -> RuleBook:
    """Reads and checks every row; a concept or action that is not defined is refused by name."""
    lexicon = load_lexicon(folder)
    actions = {name: InBothLanguages(**row) for name, row in load_yaml(folder / "actions.yaml").items()}
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("rules_*.yaml")):
        for name, row in load_yaml(path).items():
            rule = Rule(**row)
            asked = {concept for entry in (*rule.all_of, *rule.none_of) for concept in entry.split("|")}
            strangers = sorted(asked - lexicon.concepts.keys())
            if strangers or rule.action not in actions or name in rules:
                raise ValueError(
                    f"{path.name}: rule {name!r} names {strangers or rule.action}, which is not defined (or twice)"
                )
            rules[name] = rule
    places = {name: Place(**row) for name, row in load_yaml(folder / "crisis.yaml").items()}
    return RuleBook(
        rules, InBothLanguages(**load_yaml(folder / "second_reading.yaml")), actions, places, lexicon
    )


def triage(text: str, *, language: str | None = None, country: str | None = None) -> Triage:
    """How urgent ``text`` is. ``country`` (ISO code) picks the numbers to call; ``language`` that of the advice."""
    book = load_rules()
    message = Message(text[:_LONGEST_READ], book.lexicon)
    speaks = language or detect_language(text)
    found = [
        RedFlag(
            name,
            rule.condition.in_language(speaks),
            quote,
            _advice(book, rule, speaks, country),
            rule.urgency,
            rule.source,
        )
        for name, rule in book.rules.items()
        if (quote := _fires(rule, message))
    ]
    gravest = min((_GRAVITY.index(flag.urgency) for flag in found), default=len(_GRAVITY))
    raised = gravest <= _GRAVITY.index(Urgency.URGENT)
    if (
        gravest > 0
        and (again := read_again(message, rules_raised=raised))
        and _GRAVITY.index(again) < gravest
    ):
        found.append(_to_be_read(book, message, again, speaks, country))
    found.sort(key=lambda flag: _GRAVITY.index(flag.urgency))
    if found:
        return Triage(found[0].urgency, _without_echoes(found))
    return Triage(_default_urgency(message))


def _to_be_read(
    book: RuleBook, message: Message, urgency: Urgency, language: str, country: str | None
) -> RedFlag:
    """No rule has words for it, but it reads like someone unwell now: a person should read it."""
    quote = message.text.strip()[:_LONGEST_QUOTE]
    advice = _advised(book, "read_now", language, country)
    condition = book.second_reading.in_language(language)
    return RedFlag(SECOND_READING, condition, quote, advice, urgency, "Fitted on messages of our own, 2026")


def _without_echoes(flags: list[RedFlag]) -> tuple[RedFlag, ...]:
    """One flag a condition and words: a graver rule silences the milder ones that rest on the same words."""
    kept: list[RedFlag] = []
    for flag in flags:
        if not any(flag.condition == other.condition or flag.quote in other.quote for other in kept):
            kept.append(flag)
    return tuple(kept)


def _stated(message: Message, entry: str, rule: Rule) -> Iterator[Mention]:
    wanted = {Assertion.STATED, Assertion.RESOLVED} if rule.resolved else {Assertion.STATED}
    if rule.asked and not message.cue("study"):
        wanted |= {Assertion.READ_ABOUT, Assertion.HYPOTHETICAL}
    for concept in entry.split("|"):
        yield from (mention for mention in message.mentions(concept) if mention.assertion in wanted)


def _fires(rule: Rule, message: Message) -> str:
    """The words the rule rests on, or an empty string."""
    if rule.framed == "bedside" and not message.at_the_bedside:
        return ""
    matched: list[list[Mention]] = []
    for entry in rule.all_of:
        mentions = list(_stated(message, entry, rule))
        if not mentions:
            return ""
        matched.append(mentions)
    if any(
        mention.assertion not in _NOT_SAID_OF_THIS
        for concept in rule.none_of
        for mention in message.mentions(concept)
    ):
        return ""
    for first in matched[0]:
        together = [[m for m in others if m.sentence == first.sentence] for others in matched[1:]]
        if all(together):
            nearest = [min(others, key=lambda m: abs(m.start - first.start)) for others in together]
            return message.text[
                min(m.start for m in (first, *nearest)) : max(m.end for m in (first, *nearest))
            ]
    return "" if rule.window == "sentence" else message.text[matched[0][0].start : matched[0][0].end]


def _advice(book: RuleBook, rule: Rule, language: str, country: str | None) -> str:
    advice = _advised(book, rule.action, language, country)
    if rule.do is None:
        return advice
    return advice + (" " if language == "en" else "") + rule.do.in_language(language)


def _advised(book: RuleBook, action: str, language: str, country: str | None) -> str:
    place = book.places.get((country or ("CN" if language == "zh" else "")).upper(), book.places["default"])
    emergency = place.emergency if isinstance(place.emergency, str) else place.emergency.in_language(language)
    advice = book.actions[action].in_language(language)
    return advice.format(emergency=emergency, crisis=place.crisis.in_language(language))


@lru_cache(maxsize=1)
def _default_phrases() -> Mapping[str, Any]:
    return {name: phrases_of(row) for name, row in load_yaml(RULES_FOLDER / "default_urgency.yaml").items()}


def _default_urgency(message: Message) -> Urgency:
    phrases = _default_phrases()
    said = {
        name: any(True for phrase in rows for _ in phrase.find(WHO.sub(" ", message.normal)))
        for name, rows in phrases.items()
    }
    asks = message.read_about or bool(message.cue("information"))
    return Urgency.SELF_CARE if said["self_care"] and not said["routine"] and not asks else Urgency.ROUTINE
