"""What a sentence asserts of a finding: present, negated, historical, family, hypothetical or ruled out.

Owns the ConText algorithm (Harkema H, et al. J Biomed Inform 2009;42:839-851) with its trigger rows in
``assertion.yaml``, English and Chinese. Refuses to know which findings exist.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.domain.record import Assertion


class _Triggers(BaseModel):
    model_config = ConfigDict(extra="forbid")
    before: list[str]
    after: list[str] = []


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    negated: _Triggers
    ruled_out: _Triggers
    hypothetical: _Triggers
    historical: _Triggers
    family: _Triggers
    pseudo: list[str]
    stop: list[str]


_ORDER = (
    ("family", Assertion.FAMILY),
    ("ruled_out", Assertion.RULED_OUT),
    ("negated", Assertion.NEGATED),
    ("hypothetical", Assertion.HYPOTHETICAL),
    ("historical", Assertion.HISTORICAL),
)
_HAN = re.compile(r"[一-鿿]")
_BOUNDARY = re.compile(r"[.。！？!;；:：]\s|[。；;！？\n]|(?<=[a-z])\.(?=\s|$)")
_OPENS_WITH_RELATIVE = re.compile(r"(?i)(?:^|[.,;:]\s*)(?!(?:by|with|from|to|and)\b)(?:\w+\s)?$")
"""``Two brothers with diabetes`` has it, ``brought in by her daughter with chest pain`` has not."""
_ASIDE = re.compile(
    r"(?i)\b(?P<who>wife|husband|partner|spouse|neighbour|roommate|twin)(?:\s*\([^()\n]{1,40}\)|,\s(?:aged )?\d{1,3},)"
    r"|(?P<zh>丈夫|妻子|配偶|老伴|爱人)(?:\d+年前|于?\d{4}年|曾|已|现|今年|去年)+"
)
"""``Wife (Nell, 71) has COPD``, ``丈夫2年前患肺癌``: what stands between the relative and the verb."""
_REACH_CHARS = {"negated": 110, "ruled_out": 90, "hypothetical": 70, "historical": 60, "family": 90}
_REACH_AFTER = {"negated": 24, "ruled_out": 60, "hypothetical": 30, "historical": 20, "family": 30}


def _pattern(words: list[str]) -> re.Pattern[str]:
    parts = []
    for word in sorted(words, key=len, reverse=True):
        escaped = re.escape(word)
        if not _HAN.search(word):
            left = r"(?<![\w])" if word[0].isalnum() else ""
            right = r"(?![\w])" if word[-1].isalnum() else ""
            escaped = f"{left}{escaped}{right}"
        parts.append(escaped)
    return re.compile("|".join(parts), re.IGNORECASE)


@cache
def _rules() -> tuple[
    dict[str, tuple[re.Pattern[str], re.Pattern[str] | None]], re.Pattern[str], re.Pattern[str]
]:
    raw = yaml.safe_load(Path(__file__).with_name("assertion.yaml").read_text(encoding="utf-8"))
    rules = _Rules.model_validate(raw)
    kinds: dict[str, tuple[re.Pattern[str], re.Pattern[str] | None]] = {}
    for name, _ in _ORDER:
        row: _Triggers = getattr(rules, name)
        kinds[name] = (_pattern(row.before), _pattern(row.after) if row.after else None)
    return kinds, _pattern(rules.pseudo), _pattern(rules.stop)


def assertion_of(sentence: str, start: int, end: int) -> Assertion:
    """What the sentence says of the finding at ``start:end``; PRESENT where no trigger reaches it."""
    kinds, pseudo, stop = _rules()
    masked = pseudo.sub(lambda m: "\x00" * len(m.group()), _beside_the_verb(sentence))
    left, right = _clause(masked, start, end)
    before, after = masked[left:start], masked[end:right]
    for name, assertion in _ORDER:
        head, tail = kinds[name]
        if _reaches_forward(before, head, stop, _REACH_CHARS[name], name):
            return assertion
        if tail is not None and _reaches_back(after, tail, stop, _REACH_AFTER[name]):
            return assertion
    return Assertion.PRESENT


def sentence_assertion(sentence: str) -> Assertion:
    """The assertion that governs the whole sentence: only where it opens with its trigger."""
    kinds, pseudo, _ = _rules()
    masked = pseudo.sub(lambda m: "\x00" * len(m.group()), _beside_the_verb(sentence)).lstrip(" -•*(（")
    for name in ("family", "ruled_out", "negated"):
        match = kinds[name][0].match(masked)
        if match:
            return dict(_ORDER)[name]
    match = kinds["hypothetical"][0].match(masked)
    return Assertion.HYPOTHETICAL if match else Assertion.PRESENT


def _beside_the_verb(sentence: str) -> str:
    """A relative moved past an aside to the verb; the length stays."""
    return _ASIDE.sub(lambda m: (m["who"] or m["zh"]).rjust(len(m.group())), sentence)


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    left = 0
    for match in _BOUNDARY.finditer(text, 0, start):
        left = match.end()
    found = _BOUNDARY.search(text, end)
    return left, found.start() if found else len(text)


def _reaches_forward(
    before: str, trigger: re.Pattern[str], stop: re.Pattern[str], reach: int, name: str
) -> bool:
    window = before[-reach:]
    last = None
    for match in trigger.finditer(window):
        last = match
    if last is None:
        return False
    between = window[last.end() :]
    if name == "family" and _OPENS_WITH_RELATIVE.search(window[: last.start()]):
        between = re.sub(r"(?i)^\s*(?:with|has|had)\s", " ", between)
    if name == "historical" and re.search(r"[,，、]", between):
        return False
    if name in {"negated", "ruled_out"} and "," in between and re.search(r"\d", between):
        return False
    if name == "hypothetical" and last.group() == "?" and re.search(r"[,，]|\s\S+\s\S+\s\S+", between):
        return False
    return not stop.search(between)


def _reaches_back(after: str, trigger: re.Pattern[str], stop: re.Pattern[str], reach: int) -> bool:
    match = trigger.search(after[:reach])
    if match is None:
        return False
    between = after[: match.start()]
    if re.search(r"[,，、]\s*\S", between) and not re.match(r"\s*[—–-]+", between):
        return False
    return not stop.search(between)
