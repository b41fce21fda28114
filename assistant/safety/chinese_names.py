"""Finds Chinese names of persons by what stands around them.

Owns ``chinese_names.yaml``. Refuses to know other identifiers. What is an everyday word, jieba's dictionary (MIT) tells.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ROWS = Path(__file__).with_name("chinese_names.yaml")
_NAME_TAGS = frozenset({"nr", "ns", "nz", "nt", "x"})
_ENTRY = re.compile(r"^([\u4e00-\u9fff]{2,4}) \d+ (\w+)", re.MULTILINE)
_LONGEST_WORD = 4
_NO_NAME = frozenset("vadpcur")
_LISTED = re.compile(r"、(?P<v>[\u4e00-\u9fff]{2,3})(?=[、，,。；;（(\s]|$|等)")
_ILLNESS = re.compile(r"[病症癌痛疸压炎瘤热血药]|糖尿|内障|关节")
_ADDRESSED = "爷爷|奶奶|老师|医生|大夫|护士|阿姨|叔叔|先生|女士|同学|小朋友|宝宝"
_A_PERSON_DOES = re.compile(
    r"[说诉改约来去已未因问签称]|主诉|表示|要求|自述|告知|同意|拒绝|女士|先生|之[妻夫子女]"
)
_A_PERSON_BEFORE = re.compile(r"(?:患者|病人|家属|护士|医生|医师|大夫|找|请|由|嘱|问|见)$")


@dataclass(frozen=True)
class ChineseRules:
    surnames: frozenset[str]
    compound: tuple[str, ...]
    weak: frozenset[str]
    not_names: tuple[str, ...]
    certain: tuple[re.Pattern[str], ...]
    checked: tuple[re.Pattern[str], ...]
    nouns_too: tuple[re.Pattern[str], ...]
    unaided: re.Pattern[str]
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
    pairs = [
        table
        for key in ("traditional", "cues")
        for table in zip(rows[key]["from"], rows[key]["to"], strict=True)
    ]
    return ChineseRules(
        surnames=frozenset(rows["surnames"]),
        compound=compound,
        weak=frozenset(rows["weak_surnames"]),
        not_names=tuple(rows["not_names"]),
        certain=tuple(re.compile(_filled(row, parts)) for row in rows["certain"]),
        checked=tuple(re.compile(_filled(row, parts)) for row in rows["checked"]),
        nouns_too=tuple(re.compile(_filled(row, parts)) for row in rows["nouns_too"]),
        unaided=re.compile(f"(?=([{rows['surnames']}][{rows['given_characters']}]{{2}}))"),
        simplified={ord(a): ord(b) for a, b in pairs},
    )


def _filled(row: str, parts: dict[str, str]) -> str:
    for _ in range(2):  # a part may hold another
        for name, part in parts.items():
            row = row.replace(name, part)
    return row


@lru_cache(maxsize=1)
def _everyday() -> dict[str, str]:
    """Words of two to four characters of jieba's dictionary and what they are: n a noun, v a verb, nr or ns a name."""
    text = importlib.resources.files("jieba").joinpath("dict.txt").read_text(encoding="utf-8")
    return dict(_ENTRY.findall(text))


def simplified(text: str) -> str:
    """``text`` with the traditional characters that our rules name read as simplified ones; as long as it was."""
    return text.translate(_rules().simplified) if CHINESE.search(text) else text


def chinese_names(text: str, kept: Sequence[tuple[int, int]] = ()) -> Iterator[tuple[int, int]]:
    """Spans of names in ``text`` (simplified characters); none in what is ``kept`` unless a label says so."""
    if not CHINESE.search(text):
        return
    rules = _rules()
    for pattern in rules.certain:
        for match in pattern.finditer(text):
            if "·" in match["v"] or not match["v"].startswith(rules.not_names):
                yield match.span("v")
    for pattern in rules.checked:
        for match in pattern.finditer(text):
            start, end = match.span("v")
            if _may_be_named(match["v"], rules) and not any(a < end and start < b for a, b in kept):
                yield start, end
    for pattern in rules.nouns_too:
        for match in pattern.finditer(text):
            start, end = match.span("v")
            surname = match["v"].startswith((*rules.surnames, *rules.compound))
            if _may_be_noun(match["v"], rules) and (surname or _stands_free(text, start, end)):
                yield start, end
    for match in rules.unaided.finditer(text):
        start, end = match.span(1)
        free = match[1][0] not in rules.weak and _stands_free(text, start, end)
        if free and not any(a < end and start < b for a, b in kept):
            yield start, end


def _stands_free(text: str, start: int, end: int) -> bool:
    """True when no dictionary word runs into, through or out of the characters."""
    return not any(
        _is_word(text[first:last])
        for first in range(max(0, start - _LONGEST_WORD + 1), end)
        for last in range(max(first + 2, start + 1), min(len(text), first + _LONGEST_WORD) + 1)
    )


def named_beside(text: str, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """``护士丁一、米兰``: what stands behind a name and the mark of a list, when it has a name's form."""
    for end in ends:
        match = _LISTED.match(text, end)
        while match and match["v"][0] in _rules().surnames and _may_be_noun(match["v"], _rules()):
            yield match.span("v")
            match = _LISTED.match(text, match.end())


def _is_word(word: str) -> bool:
    return _everyday().get(word, "nr")[:2] not in _NAME_TAGS


def _may_be_named(name: str, rules: ChineseRules) -> bool:
    if len(name) == _LONGEST_WORD and (_is_word(name[:2]) or _is_word(name[2:])):
        return False
    if _is_word(name) or (name[0] in rules.weak and not name.startswith(rules.compound)):
        return False
    return not any(name.startswith(w) or w in name for w in rules.not_names)


def _may_be_noun(name: str, rules: ChineseRules) -> bool:
    """``医师方向``: where nothing but a name can stand, a noun may be one; an illness, a verb or an adjective may not."""
    noun = _everyday().get(name, "nr")[0] not in _NO_NAME
    return noun and name not in rules.not_names and name[0] not in rules.weak and not _ILLNESS.search(name)


def name_said_again(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Where a Chinese name found once stands again; a short one only where a person is meant."""
    if len(name) < 2:
        return
    if len(name) == 3 and name[0] in _rules().surnames:
        yield from (m.span(1) for m in re.finditer(rf"({re.escape(name[1:])})(?={_ADDRESSED})", text))
    for match in re.finditer(re.escape(name), text):
        everyday = name in _everyday()
        if (len(name) == 2 or everyday) and not _meant(text, match.start(), match.end(), everyday=everyday):
            continue
        yield match.span()


def _meant(text: str, start: int, end: int, *, everyday: bool) -> bool:
    if _A_PERSON_BEFORE.search(text[max(0, start - 3) : start]):
        return True
    apart = not CHINESE.match(text[start - 1 : start]) if start else True
    ends = not everyday and not CHINESE.match(text[end : end + 1]) and not text[end : end + 1].isdigit()
    return apart and bool(ends or _A_PERSON_DOES.match(text, end))
