"""A Chinese heading as people write it, told by its name alone: ``〔五〕母婴护士出院清单  谌念``, ``病 程 记 录``.

Owns the frame, the number, the day and the writer that may stand around a heading's name. Refuses to know which names head a
section or an entry (``section_names``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.records.dates import ChartDates, DateToken
from assistant.records.section_names import HAN, section_names

_FRAME = r"=#*~—–_【】〔〕［］\[\]『』「」《》<>◇◆■●★▲※◎☆"
_FRAMED = re.compile(rf"^[\s{_FRAME}-]*[{_FRAME}][\s{_FRAME}-]*|^--+\s*")
_ENDS_FRAMED = re.compile(rf"[\s{_FRAME}-]+$")
_NUMBER = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十]{1,2}[)）、.．:：\s]|第[一二三四五六七八九十\d]{1,2}(?:部分|章|节|页)|[（(]\d{1,2}[)）]|\d{1,2}\s?[、.．](?!\d))\s*"
)
_BRACKETS = re.compile(r"[（(][^（()）]{0,30}[)）]")
_CLOCK = re.compile(r"\d{1,2}[:：]\d\d")
_SPACED = re.compile(r"[一-鿿](?:[ \u3000]{1,3}[一-鿿](?![一-鿿])){2,}")
"""``病 程 记 录``: one letter at a time."""
_PARTS = re.compile(r"\s{1,}|\s?[—–/·|、]{1,3}\s?|(?<=[\u4e00-\u9fff])-+(?=[\u4e00-\u9fff])")
_WRITER = re.compile(
    r"(?:[一-鿿]{0,4}(?:整理|记录|书写|转录|录入|签名|签字)[:：])?(?:副?主任|主治|住院|责任|责|进修|实习)?(?:医师|医生|护士|护师|药师|护|医)?[:：]?[一-鿿]{2,4}(?:副?主任|主治|住院)?(?:医师|医生|护士|护师|药师|主任)?"
)
_NAME = re.compile(r"[一-鿿A-Za-z+/与及和的]{2,16}")


@dataclass(frozen=True)
class Title:
    """``name`` stands alone; ``text`` is the heading as the readers of headings know it, with its day; ``plain`` where the line
    was written so already. ``others`` are the words beside the name, ``closed`` says that frame or number hold them together."""

    name: str
    text: str
    plain: bool
    others: bool
    closed: bool
    dated: bool


def heading_text(line: str, dates: ChartDates) -> str | None:
    """What the readers of headings are to read in place of the line; None where it is no such heading, or a plain one."""
    title = title_of(line, dates)
    if title is None or title.plain:
        return None
    names = section_names()
    entry = any(title.name.endswith(word) for word in names.note)
    section = names.section_of(title.name)
    if not entry and section is None:
        return None
    # `过敏 青霉素`, `【诊断】肺炎`: what stands beside a label is what it heads, no writer
    signed = title.closed and section in _SIGNED_SECTIONS and title.name not in names.label
    if title.others and not signed and not (entry and (title.dated or title.closed)):
        return None
    return title.text if entry else title.name


_SIGNED_SECTIONS = {"discharge_orders", "history_of_present_illness"}


def title_of(line: str, dates: ChartDates) -> Title | None:
    """The heading that a whole line is; None where it says more than a name, a day and who wrote it."""
    bare = line.strip()
    if not HAN.search(bare) or len(bare) > _LONGEST or bare.startswith(("|", "│", "·", "•", "-", "*")):
        return None
    framed = bool(_FRAMED.match(bare))
    closed = framed and bool(_ENDS_FRAMED.search(bare))
    left = _ENDS_FRAMED.sub("", _FRAMED.sub("", bare))
    left = re.sub(r"[】〕］\]』」》]", " ", left).strip()
    numbered = _NUMBER.match(left)
    left = left[numbered.end() :] if numbered else left
    tokens = dates.tokens(left)
    if len({(t.month, t.day) for t in tokens}) > 1:
        return None  # `检验汇总  05-06  05-10  05-15` heads the columns of a table
    day = left[tokens[0].start : tokens[0].end] if tokens else ""
    for token in reversed(tokens):
        left = left[: token.start] + " " + left[token.end :]
    left = _CLOCK.sub(" ", _BRACKETS.sub(" ", left)).strip(" :：")
    spaced = _SPACED.match(left)
    if spaced:
        left = re.sub(r"\s", "", spaced.group()) + left[spaced.end() :]
    name, *others = _PARTS.split(left.strip()) or [""]
    if not _NAME.fullmatch(name) or not all(_WRITER.fullmatch(o) for o in others if o):
        return None
    if name in _LEAVES and (day or others) and framed:
        name = "出院记录"
    heads = framed or bool(numbered) or bool(spaced)
    text = f"【{name}{' ' if day else ''}{day}】" if heads else f"{name}{' ' if day else ''}{day}"
    beside = any(others)
    return Title(name, text, bare == name, beside, closed or bool(numbered and not framed), bool(day))


_LONGEST = 60
_LEAVES = {"出院", "离院", "出院当日", "出院当天", "出院日"}
"""``【出院 2026年1月14日 …】``: with a day the title of the discharge record."""


_NAME_ONLY = re.compile(
    r"[\s,，/|:：-]*(?:[一-鿿]{2,4}(?:\s*(?:副?主任|主治|住院)?医师)?|(?:Dr\.?|Prof\.?)?\s*[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+)?(?:,?\s(?:MD|FY[12]|PGY[1-5]))?)?[\s.]*"
)


def signed_only(text: str, dates: ChartDates) -> DateToken | None:
    """The date behind a heading that has only a date, and perhaps a name, after it: ``【出院记录】2025-05-16 温某某``."""
    tokens = dates.tokens(text)
    if len(tokens) != 1 or not tokens[0].year:
        return None
    rest = text[: tokens[0].start] + text[tokens[0].end :]
    return tokens[0] if _NAME_ONLY.fullmatch(rest) else None
