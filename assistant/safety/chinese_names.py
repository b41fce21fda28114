"""Finds Chinese names of persons by what stands around them, and where the segmenter sees one.

Owns ``chinese_names.yaml``. Refuses to know other identifiers. Everyday words come from jieba's dictionary (MIT), whose
part-of-speech model also proposes names that it has not seen.
"""

from __future__ import annotations

import importlib.resources
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ROWS = Path(__file__).with_name("chinese_names.yaml")
_NAME_TAGS = frozenset({"nr", "nrt", "nrfg", "ns", "nz", "nt", "x"})
_LONGEST_WORD = 4
_A_PERSON_DOES = re.compile(r"[说诉改约来去已未因问签称]|主诉|表示|要求|自述|告知|同意|拒绝|女士|先生|之[妻夫子女]")
_A_PERSON_BEFORE = re.compile(r"(?:患者|病人|家属|护士|医生|医师|大夫|找|请|由|嘱|问|见)$")


@dataclass(frozen=True)
class ChineseRules:
    surnames: frozenset[str]
    compound: tuple[str, ...]
    weak: frozenset[str]
    not_names: tuple[str, ...]
    certain: tuple[re.Pattern[str], ...]
    checked: tuple[re.Pattern[str], ...]
    simplified: dict[int, int]


@lru_cache(maxsize=1)
def _rules() -> ChineseRules:
    rows = yaml.safe_load(_ROWS.read_text(encoding="utf-8"))
    compound = tuple(rows["compound_surnames"].split())
    parts = {f"{{{name}}}": part for name, part in rows["parts"].items()}
    parts |= {
        "{surname}": f"[{rows['surnames']}]",
        "{compound}": "|".join(compound),
        "{parts_of_names}": "|".join(sorted(rows["name_parts"].split(), key=len, reverse=True)),
    }
    pairs = [table for key in ("traditional", "cues") for table in zip(rows[key]["from"], rows[key]["to"], strict=True)]
    return ChineseRules(
        surnames=frozenset(rows["surnames"]),
        compound=compound,
        weak=frozenset(rows["weak_surnames"]),
        not_names=tuple(rows["not_names"]),
        certain=tuple(re.compile(_filled(row, parts)) for row in rows["certain"]),
        checked=tuple(re.compile(_filled(row, parts)) for row in rows["checked"]),
        simplified={ord(a): ord(b) for a, b in pairs},
    )


def _filled(row: str, parts: dict[str, str]) -> str:
    for _ in range(2):  # a part may hold another
        for name, part in parts.items():
            row = row.replace(name, part)
    return row


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    """Words of two to four characters that jieba's dictionary does not call a name."""
    text = importlib.resources.files("jieba").joinpath("dict.txt").read_text(encoding="utf-8")
    rows = (line.split(" ") for line in text.splitlines())
    return frozenset(w for w, _, tag in rows if 1 < len(w) <= _LONGEST_WORD and tag not in _NAME_TAGS)


@lru_cache(maxsize=1)
def _tagger() -> Any:
    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.ERROR)
    return jieba.posseg.POSTokenizer(jieba.Tokenizer())


def simplified(text: str) -> str:
    """``text`` with the traditional characters that our rules name read as simplified ones; as long as it was."""
    return text.translate(_rules().simplified) if CHINESE.search(text) else text


def chinese_names(text: str) -> Iterator[tuple[int, int]]:
    """Spans of names in ``text`` (simplified characters)."""
    if not CHINESE.search(text):
        return
    rules = _rules()
    for pattern in rules.certain:
        yield from (match.span("v") for match in pattern.finditer(text))
    for pattern in rules.checked:
        for match in pattern.finditer(text):
            if _may_be_named(match["v"], rules):
                yield match.span("v")
    yield from _tagged(text, rules)


def _may_be_named(name: str, rules: ChineseRules) -> bool:
    if name in _everyday() or name[0] in rules.weak and not name.startswith(rules.compound):
        return False
    return not any(name.startswith(w) or w in name for w in rules.not_names)


def _tagged(text: str, rules: ChineseRules) -> Iterator[tuple[int, int]]:
    """What the segmenter takes for a person and no dictionary knows: a surname and one or two characters."""
    at = 0
    for pair in _tagger().cut(text):
        start, at = at, at + len(pair.word)
        word = pair.word
        if pair.flag != "nr" or not CHINESE.match(word):
            continue
        surname = word[0] in rules.surnames - rules.weak or word.startswith(rules.compound)
        if len(word) == 3 and surname and _may_be_named(word, rules):
            yield start, at


def name_said_again(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Where a Chinese name found once stands again; one that is an everyday word only where a person is meant."""
    if len(name) < 2:
        return
    everyday = name in _everyday() or len(name) == 2 and name in _all_words()
    for match in re.finditer(re.escape(name), text):
        if everyday:
            does = _A_PERSON_DOES.match(text, match.end()) and not CHINESE.match(text[match.start() - 1 : match.start()])
            if not (does or _A_PERSON_BEFORE.search(text[max(0, match.start() - 3) : match.start()])):
                continue
        yield match.span()


@lru_cache(maxsize=1)
def _all_words() -> frozenset[str]:
    text = importlib.resources.files("jieba").joinpath("dict.txt").read_text(encoding="utf-8")
    return frozenset(w for w in (line.split(" ", 1)[0] for line in text.splitlines()) if len(w) == 2)
