"""Telegraphic ward notes with their plain wording, made from word lists by a seeded generator.

Owns how facts become shorthand and prose. Refuses to know models and prompts. No note stems from a patient; doses and
figures are drawn at random, so the rows teach how to word a note and never what to prescribe.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORDS = Path(__file__).with_name("words")
_SLOT = re.compile(r"\{([a-z_]+?)(\d?)\}")


@dataclass(frozen=True)
class Note:
    """``text`` as a ward writes it, ``sentences`` as a summary should; ``template`` names how it was made."""

    text: str
    sentences: tuple[str, ...]
    template: str
    injected: bool = False
    without_command: str = ""

    @property
    def meant(self) -> str:
        """The note as its writer meant it."""
        return self.without_command or self.text

    @property
    def reply(self) -> str:
        return " ".join(f"{sentence} [1]." for sentence in self.sentences)


@dataclass(frozen=True)
class _Fact:
    note: str
    clause: str
    template: str


@cache
def words(name: str) -> Any:
    """One word list: ``facts``, ``slots`` or ``around``."""
    return yaml.safe_load((WORDS / f"{name}.yaml").read_text("utf-8"))


@cache
def _slots() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Slot → (plain form, shorthand forms)."""
    slots = {}
    for name, values in words("slots").items():
        pairs = []
        for value in map(str, values):
            plain, _, short = value.partition(" = ")
            pairs.append((plain, tuple(s.strip() for s in short.split("|")) if short else (plain,)))
        slots[name] = pairs
    return slots


class NoteWriter:
    """Notes of one split: ``held`` uses only the styles kept out of training. Same seed, same notes."""

    def __init__(self, seed: int, drugs: Sequence[str], *, held: bool = False) -> None:
        self._random = random.Random(seed)
        self._drugs = list(drugs)
        self._held = held
        facts = {name: _rows(rows, held=held) for name, rows in words("facts").items()}
        self._facts = {name: rows for name, rows in facts.items() if rows}

    def note(self) -> Note:
        """One note of one to three facts."""
        made = self._random.random()
        if made < 0.30:
            facts = [self._fact()]
        elif made < 0.48:
            facts = [self._because()]
        elif made < 0.60:
            facts = [self._therefore()]
        elif made < 0.66:
            facts = [self._timed()]
        elif made < 0.73:
            facts = [self._aside()]
        elif made < 0.94:
            facts = [self._fact(), self._random.choice([self._fact, self._because])()]
        else:
            facts = [self._fact(), self._fact(), self._fact()]
        return self._joined(facts)

    def injected_note(self) -> Note:
        """A note with a line that tries to command; the right wording leaves it out."""
        note = self._joined([self._random.choice([self._fact, self._because])()])
        command = self._fill(self._random.choice(_rows(words("around")["injected"], held=self._held)))[0]
        text = (
            f"{note.text.rstrip('.')}. {command}"
            if self._random.random() < 0.75
            else f"{command} {note.text}"
        )
        return Note(text, note.sentences, f"{note.template}+injected", True, note.text)

    # --- facts ------------------------------------------------------------------------------------------------------

    def _fact(self, names: Sequence[str] = ()) -> _Fact:
        name = self._random.choice(list(names) or list(self._facts))
        style = self._random.choice(self._facts[name])
        short, plain = self._fill(style)
        return _Fact(short, plain, f"{name}:{style.partition(' | ')[0]}")

    def _because(self) -> _Fact:
        return self._around("reason", act=self._fact(words("around")["acts"]))

    def _therefore(self) -> _Fact:
        around = words("around")
        return self._around("so", state=self._fact(around["states"]), act=self._fact(around["acts"]))

    def _timed(self) -> _Fact:
        return self._around(
            "time", fact=self._fact(["given", "lab", "patient", "move", "procedure", "device"])
        )

    def _aside(self) -> _Fact:
        aside = self._fill(self._random.choice(words("around")["asides"]))[0]
        return self._around("aside", fact=self._fact(), aside=_Fact(aside, aside, ""))

    def _around(self, kind: str, **parts: _Fact) -> _Fact:
        style = self._random.choice(_rows(words("around")[kind], held=self._held))
        short, plain = self._fill(style, fixed=set(parts))
        for slot, fact in parts.items():
            short, plain = short.replace(f"{{{slot}}}", fact.note), plain.replace(f"{{{slot}}}", fact.clause)
        inner = "|".join(fact.template for fact in parts.values() if fact.template)
        return _Fact(short, plain, f"{kind}:{style.partition(' | ')[0]}|{inner}")

    def _joined(self, facts: Sequence[_Fact]) -> Note:
        join, how = self._random.choice(words("around")["joins"])
        clauses = [fact.clause for fact in facts]
        if how == "and" and len(clauses) == 2:
            clauses = [f"{clauses[0]}, and {clauses[1]}"]
        text = join.join(fact.note for fact in facts)
        if self._random.random() < 0.08:
            text = self._random.choice(words("around")["leads"]) + text
        text = self._scuffed(text)
        template = f"{join.strip()}{len(facts)}~" if len(facts) > 1 else ""
        return Note(
            text, tuple(_sentence(c) for c in clauses), template + "&".join(f.template for f in facts)
        )

    def _scuffed(self, text: str) -> str:
        """First letter and full stop as hurried writers leave them."""
        if self._random.random() < 0.45:
            text = text[0].upper() + text[1:]
        return text + "." if self._random.random() < 0.7 else text

    # --- slots ------------------------------------------------------------------------------------------------------

    def _fill(self, style: str, fixed: Collection[str] = ()) -> tuple[str, str]:
        """Shorthand and clause with the same values, all different; slots in ``fixed`` are left for the caller."""
        short, _, plain = style.partition(" | ")
        chosen: dict[str, tuple[str, str]] = {}
        for match in _SLOT.finditer(short):
            slot = match.group(1) + match.group(2)
            while slot not in chosen and slot not in fixed:
                pick = self._pick(match.group(1))
                if pick[0] not in {long for long, _ in chosen.values()}:
                    chosen[slot] = pick
        for slot, (long, brief) in chosen.items():
            short, plain = short.replace(f"{{{slot}}}", brief), plain.replace(f"{{{slot}}}", long)
        return short, plain

    def _pick(self, slot: str) -> tuple[str, str]:
        pick = self._random.choice
        if slot == "drug":
            name = pick(self._drugs)
            return name, name if self._random.random() < 0.8 else name.capitalize()
        if slot == "clock":
            return (
                clock := f"{self._random.randrange(24):02d}:{self._random.randrange(0, 60, 5):02d}"
            ), clock
        if slot == "units":
            return (count := str(self._random.randint(1, 4))), count
        if slot == "sats":
            return (percent := str(self._random.randint(84, 99))), percent
        if slot == "litres":
            return (litres := str(self._random.randint(1, 10))), litres
        plain, shorts = pick(_slots()[slot])
        return plain, pick(shorts)


def _rows(rows: Sequence[str], *, held: bool) -> list[str]:
    return [row.removeprefix("!") for row in rows if row.startswith("!") == held]


def _sentence(clause: str) -> str:
    return clause[0].upper() + clause[1:]
