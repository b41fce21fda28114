"""In what a value was measured: blood, or the fluid that the text names; and whether it is the patient's own.

Owns how far the name of a specimen reaches. Where the text leaves it open the value is not read: cells counted in
ascites must never stand as a blood count. Refuses to know values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.domain.record import ObservationKind
from assistant.records.observation_names import key_of_test, kind_of, observation_names


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sure: list[str]
    unsure: list[str]
    gas: list[str]
    before: list[str]
    blood: list[str]
    other_person: list[str]
    blood_only: list[str]
    of_a_gas: list[str]


@dataclass(frozen=True)
class _Words:
    sure: re.Pattern[str]
    unsure: re.Pattern[str]
    gas: re.Pattern[str]
    before: re.Pattern[str]
    blood: re.Pattern[str]
    other_person: re.Pattern[str]
    behind: re.Pattern[str]
    blood_only: frozenset[str]
    of_a_gas: frozenset[str]


_HAN = re.compile(r"[一-鿿]")


def _words_of(rows: Sequence[str]) -> str:
    def part(word: str) -> str:
        left = "" if _HAN.match(word) else r"(?<![A-Za-z0-9-])"
        right = "" if _HAN.search(word[-1]) else r"(?![A-Za-z])"
        body = re.escape(word)
        return rf"{left}{body if word.isupper() else f'(?i:{body})'}{right}"

    return "|".join(part(w) for w in sorted(rows, key=len, reverse=True))


@cache
def _rules() -> _Words:
    raw = yaml.safe_load(Path(__file__).with_name("specimens.yaml").read_text(encoding="utf-8"))
    r = _Rules.model_validate(raw)
    no_finding = r"(?!\s?(?:output|culture|cx|out|MC&S|培养))"
    fluid = _words_of([*r.sure, *r.unsure])
    return _Words(
        sure=re.compile(f"(?:{_words_of(r.sure)}){no_finding}"),
        unsure=re.compile(f"(?:{_words_of(r.unsure)}){no_finding}"),
        gas=re.compile(_words_of(r.gas)),
        before=re.compile(f"(?P<word>{_words_of(r.before)})\\s?(?:fluid\\s)?(?:的)?$"),
        blood=re.compile(_words_of(r.blood)),
        other_person=re.compile(f"(?:{_words_of(r.other_person)})(?:\\s\\w+)?\\s?的?$"),
        behind=re.compile(
            rf"^[^,;，；。\n]{{0,14}}?\s(?:in|on|from)\s(?:the\s)?(?P<in>{fluid})|^[^,;，；。(（\n]{{0,10}}[(（](?P<paren>{fluid})[^)）]{{0,20}}[)）]"
        ),
        blood_only=frozenset(map(key_of_test, r.blood_only)),
        of_a_gas=frozenset(map(str.casefold, r.of_a_gas)),
    )


@dataclass(frozen=True)
class Specimen:
    """``label`` names what was measured in, empty for the patient's blood; ``known`` is False where it is left open."""

    label: str = ""
    known: bool = True


_BLOOD, _OPEN = Specimen(), Specimen(known=False)
_OPENED = re.compile(
    r"^\s*(?:[\d/.:\s-]{3,18}|\([^)]{1,20}\)|results?|analysis|sample|常规|生化|结果|检查|示|提示){0,3}\s*(?:[:：=→]|[-–—]>?\s|show\w*|with\b|found|revealed|示|提示)"
)


def specimen_of(text: str, name: re.Match[str], value_end: int) -> Specimen:
    """What the value behind ``name`` was measured in, as the sentence ``text`` tells."""
    rules, before = _rules(), text[: name.start()]
    if rules.other_person.search(before[-24:]):
        return _OPEN
    if kind_of(name.group()) is not ObservationKind.LAB and not re.search(
        r"(?:central|mixed) venous\s$", before
    ):
        return _BLOOD
    if before.endswith("血"):
        return _BLOOD
    own = rules.before.search(before[-24:])
    if own:
        return Specimen(own["word"])
    behind = rules.behind.match(text[value_end:])
    if behind and not _is_blood(name.group()):
        return Specimen(behind["in"] or behind["paren"])
    if name.group().casefold() in rules.of_a_gas:
        gas = [*rules.gas.finditer(before)]
        return Specimen(gas[-1].group()) if gas and not rules.blood.search(before, gas[-1].end()) else _BLOOD
    return _BLOOD if _is_blood(name.group()) else _named_before(text, name)


def is_blood_test(name: str) -> bool:
    """Whether the test, or its name, is of the blood alone, or no laboratory test at all."""
    return kind_of(name) is not ObservationKind.LAB or _is_blood(name)


def _is_blood(name: str) -> bool:
    return key_of_test(name) in _rules().blood_only or bool(re.match(r"血", name))


def _named_before(text: str, name: re.Match[str]) -> Specimen:
    """The last specimen named earlier in the sentence, where it reaches to this test."""
    rules, before = _rules(), text[: name.start()]
    sure = [*rules.sure.finditer(before)]
    unsure = [*rules.unsure.finditer(before)]
    last = max([*sure, *unsure], key=lambda m: (m.end(), m.end() - m.start()), default=None)
    if last is None or rules.blood.search(before, last.end()):
        return _BLOOD
    between = before[last.end() :]
    if any(
        key_of_test(m) in rules.blood_only for m in re.findall(r"[A-Za-z][A-Za-z0-9-]*|[一-鿿]+", between)
    ):
        return _BLOOD
    if _repeated(between, name.group()):
        return _OPEN
    if _OPENED.match(between) or not re.search(r"[,，;；、]", between):
        return Specimen(last.group()) if len(between) < 160 else _OPEN
    if last in sure and observation_names()[0].match(between.lstrip()):
        return Specimen(last.group())
    direct = rules.before.search(before[: last.end()])
    return _OPEN if last in sure or (direct and re.match(r"\s?[A-Za-z一-鿿]", between)) else _BLOOD


def _repeated(between: str, name: str) -> bool:
    """The test was given already behind the specimen's name: the second value may be of the blood."""
    bound = r"(?![A-Za-z])" if name.isascii() else ""
    return bool(re.search(rf"(?<![A-Za-z]){re.escape(name)}{bound}", between))


_HEADING = re.compile(r"^[\s*•|-]*(?P<head>[^\d:：|]{2,40}?)\s*(?:[\d/.:-]{3,16}\s*)*[:：]?\s*$")


def heading_specimen(segment_text: str, offset: int) -> Specimen:
    """The specimen that a heading line above names (``CSF 21/10:``), for the lines under it without a gap."""
    lines = segment_text[:offset].split("\n")[:-1]
    for line in reversed(lines[-12:]):
        if not line.strip():
            break
        head = _HEADING.match(line)
        if head is None:
            continue
        rules = _rules()
        if rules.blood.search(head["head"]):
            break
        found = rules.sure.search(head["head"]) or rules.unsure.search(head["head"])
        if found:
            return Specimen(found.group())
        if not re.search(r"\d", line):
            break
    return _BLOOD


def named(test: str, label: str) -> str:
    """``Ascitic tap WCC``; Chinese names are joined without a space."""
    return f"{label}{'' if _HAN.search(label[-1]) else ' '}{test}" if label else test
