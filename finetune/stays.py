"""Made-up patients and their stays: facts that are true, the chart that tells them, and what must not be believed.

Owns how a stay becomes shorthand entries, with distractors, denials, contradictions and commands among them. Refuses to know
models and prompts. No stay stems from a patient; doses and figures are drawn at random.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from finetune.notes import words

SYNTHETIC = "SYNTHETIC CHART - made by a program, no patient"
PARTS = {"reason": "about", "allergy": "about", "followup": "plan", "recheck": "plan"}
_SLOT = re.compile(r"\{([a-z_]+?)(\d?)\}")
_SEX = {"man": "M", "woman": "F"}


@dataclass(frozen=True)
class Fact:
    """``told`` is true and said wholly by ``line``; ``against`` contradicts it; ``subject`` is the thing it is about."""

    kind: str
    line: str
    told: str
    asks: tuple[str, ...]
    subject: str
    against: str = ""
    template: str = ""


@dataclass(frozen=True)
class Stay:
    """``entries`` are the chart's lines in order; ``facts`` what is true; ``conflict`` the fact that an entry denies."""

    facts: tuple[Fact, ...]
    entries: tuple[str, ...]
    text: str
    conflict: Fact | None = None
    command: str = ""


class StayWriter:
    """Stays of one split: ``held`` uses only the forms kept out of training. Same seed, same stays."""

    def __init__(self, seed: int, drugs: Sequence[str], *, held: bool = False) -> None:
        self.random = random.Random(seed)
        self._drugs = list(drugs)
        self._held = held

    def stay(self) -> Stay:
        """Six to ten facts, each about another thing; one in five contradicted, one in five with a command inside."""
        kinds = words("stays")["facts"]
        chosen = [
            "reason",
            *self.random.sample([k for k in kinds if k != "reason"], self.random.randint(5, 9)),
        ]
        facts: list[Fact] = []
        taken: set[str] = set()
        for kind in chosen:
            fact = self._fact(kind, taken)
            facts.append(fact)
        deniable = [f for f in facts if f.against]
        conflict = self.random.choice(deniable) if deniable and self.random.random() < 0.2 else None
        command = (
            self.fill([self.random.choice(self.forms(words("around")["injected"]))], set())[0]
            if self.random.random() < 0.2
            else ""
        )
        entries = [f.line for f in facts]
        for extra in filter(None, (conflict.against if conflict else "", command)):
            entries.insert(self.random.randint(1, len(entries)), extra)
        return Stay(tuple(facts), tuple(entries), self._laid_out(facts, entries), conflict, command)

    def forms(self, rows: Sequence[str]) -> list[str]:
        """The forms of this split."""
        return [row.removeprefix("!") for row in rows if row.startswith("!") == self._held]

    def fill(self, forms: Sequence[str], taken: set[str], short: int = 1) -> list[str]:
        """The forms with the same values in each; the first ``short`` of them in shorthand, the others plain."""
        filled = list(forms)
        used: dict[str, tuple[str, str]] = {}
        for match in _SLOT.finditer(" ".join(forms)):
            slot = match.group(1) + match.group(2)
            while slot not in used:
                plain, brief = self._value(match.group(1))
                if plain not in taken or self.random.random() < 0.02:
                    taken.add(plain)
                    used[slot] = (plain, brief)
        for slot, (plain, brief) in used.items():
            for index, text in enumerate(filled):
                filled[index] = text.replace(f"{{{slot}}}", brief if index < short else plain)
        return filled

    # --- parts ------------------------------------------------------------------------------------------------------

    def _fact(self, kind: str, taken: set[str]) -> Fact:
        rows = words("stays")["facts"][kind]
        line = self.random.choice(self.forms(rows["lines"]))
        told = self.random.choice(rows["told"])
        against = self.random.choice(rows.get("against", [""]))
        asks = [a for a in self.forms(rows["asks"]) if set(_SLOT.findall(a)) <= set(_SLOT.findall(line))]
        made = [told] if set(_SLOT.findall(told)) <= set(_SLOT.findall(line)) else [rows["told"][0]]
        subject = next((f"{{{a}{b}}}" for a, b in _SLOT.findall(made[0]) if a != "date"), "")
        parts = self.fill([line, against, made[0], subject, *asks], taken, short=2)
        sentence = parts[2][0].upper() + parts[2][1:]
        asked = tuple(a[0].upper() + a[1:] if a[0] != "{" else a for a in parts[4:])
        return Fact(kind, parts[0], sentence, asked, parts[3], parts[1], f"{kind}:{line}|{made[0]}")

    def _value(self, slot: str) -> tuple[str, str]:
        pick = self.random.choice
        if slot == "drug":
            name = pick(self._drugs)
            return name, name if self.random.random() < 0.8 else name.capitalize()
        if slot == "reaction":
            return (name := pick(words("stays")["reactions"])), name
        plain, shorts = pick(_slot_values(slot))
        return plain, pick(shorts)

    def _laid_out(self, facts: Sequence[Fact], entries: Sequence[str]) -> str:
        layout: dict[str, str] = self.random.choice(words("stays")["layouts"])
        sex = self.random.choice(list(_SEX))
        head = layout["head"].format(age=self.random.randint(18, 95), sex=sex, s=_SEX[sex])
        kinds = {f.line: f.kind for f in facts}
        parts: dict[str, list[str]] = {"about": [], "stay": [], "plan": []}
        for number, entry in enumerate(entries):
            part = PARTS.get(kinds.get(entry, ""), "stay")
            date = layout["day"].format(date=f"{number + 3:02d}/03/2026") if part == "stay" else ""
            parts[part].append(date + entry)
        body = [line for part, lines in parts.items() if lines for line in (layout[part], *lines)]
        return "\n".join([SYNTHETIC, head, "Admitted: 2026-03-02", *body])


def write_charts(out: Path, count: int, seed: int, drugs: Sequence[str], *, held: bool = False) -> None:
    """``chart-0001.txt`` and so on, and ``truth.jsonl``: of each its facts, the entry that denies one, and the command."""
    writer = StayWriter(seed, drugs, held=held)
    out.mkdir(parents=True, exist_ok=True)
    with (out / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for number in range(1, count + 1):
            stay = writer.stay()
            name = f"chart-{number:04d}.txt"
            (out / name).write_text(stay.text + "\n", "utf-8")
            row = {
                "chart": name,
                "synthetic": True,
                "facts": [{"kind": f.kind, "entry": f.line, "true": f.told} for f in stay.facts],
                "contradicted": stay.conflict
                and {"entry": stay.conflict.against, "true": stay.conflict.told},
                "command": stay.command or None,
            }
            truth.write(json.dumps(row, ensure_ascii=False) + "\n")


@cache
def _slot_values(slot: str) -> list[tuple[str, tuple[str, ...]]]:
    values: Any = words("slots")[slot]
    pairs = []
    for value in map(str, values):
        plain, _, short = value.partition(" = ")
        pairs.append((plain, tuple(s.strip() for s in short.split("|")) if short else (plain,)))
    return pairs
