"""The layout of a chart: which note and which section each character belongs to.

Owns headings, inline labels and note headers (``sections.yaml``). Refuses to know facts: unknown headings leave their
text in the section that was open, so nothing is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.records.dates import ChartDates, DateToken
from assistant.records.medication_heads import columns_of
from assistant.records.observation_names import observation_names
from assistant.records.sentences import split_sentences
from assistant.records.text_spans import Span

_HAN = re.compile(r"[一-鿿]")


class _SectionRow(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reach: Literal["line", "block"]
    labels: list[str]
    note: bool = False


class _NoteRow(BaseModel):
    model_config = ConfigDict(extra="forbid")
    section: str
    words: list[str]
    discharge: bool = False


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sections: dict[str, _SectionRow]
    notes: list[_NoteRow]


@dataclass(frozen=True)
class Note:
    """One entry of the chart. ``date`` is ISO where the chart lets it be derived."""

    index: int
    section: str
    heading: str = ""
    date: str | None = None
    author: str | None = None
    discharge: bool = False
    start: int = 0


@dataclass(frozen=True)
class Segment:
    """A run of text in one section of one note; ``label`` is the heading or label that opened it, as written."""

    section: str
    span: Span
    note: Note
    label: str = ""
    label_start: int = 0

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Split once: eight readers ask for them."""
        return tuple(split_sentences(self.span))

    @cached_property
    def statements(self) -> tuple[Span, ...]:
        """Sentences, ended by semicolons too."""
        return tuple(split_sentences(self.span, at_semicolon=True))


@dataclass
class _Open:
    section: str
    label: str
    reach: str
    label_start: int = 0
    within: _Open | None = None
    """The list that an action label (``CONTINUE:``) stands in; it goes on after the label's line."""


@dataclass
class _State:
    note: Note
    base: str
    open: _Open | None = None
    blank: bool = False
    segments: list[Segment] = field(default_factory=list)


@dataclass(frozen=True)
class _Lexicon:
    label: dict[str, str]
    reach: dict[str, str]
    note: dict[str, _NoteRow]
    inline: re.Pattern[str]
    zh_inline: re.Pattern[str]
    note_word: re.Pattern[str]


@cache
def _lexicon() -> _Lexicon:
    raw = yaml.safe_load(Path(__file__).with_name("sections.yaml").read_text(encoding="utf-8"))
    rules = _Rules.model_validate(raw)
    label = {w.casefold(): key for key, row in rules.sections.items() for w in row.labels}
    reach: dict[str, str] = {key: row.reach for key, row in rules.sections.items()}
    note = {w.casefold(): row for row in rules.notes for w in row.words}
    english = sorted((w for w in label if not _HAN.search(w)), key=len, reverse=True)
    chinese = sorted((w for w in label if _HAN.search(w)), key=len, reverse=True)
    inline = re.compile(
        rf"(?i)(?<![\w/&-])(?P<label>{'|'.join(re.escape(w) for w in english)})\s{{0,2}}"
        r"(?:\([^()\n]{1,40}\))?\s{0,2}(?P<sep>[:：]|\s[-–—]{1,2}\s(?=\S))"
    )
    zh_inline = re.compile(
        rf"(?P<label>{'|'.join(chinese)})(?:[（(][^（()）\n]{{1,24}}[)）])?\s{{0,2}}(?P<sep>[:：])"
    )
    words = sorted(note, key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in words if not _HAN.search(w))
    han = "|".join(re.escape(w) for w in words if _HAN.search(w))
    note_word = re.compile(rf"(?i)(?<![\w/])(?=[A-Za-z])(?:{latin})(?![\w/])|(?=[一-鿿\w])(?:{han})")
    return _Lexicon(label, reach, note, inline, zh_inline, note_word)


def section_keys() -> frozenset[str]:
    """Every section a statement may carry."""
    lexicon = _lexicon()
    return frozenset(lexicon.reach) | {row.section for row in lexicon.note.values()}


_DECORATION = re.compile(r"^[\s=#*_~\-–—【\[<>|▲△◆●■★※@+]*")
_FRAMED = re.compile(
    r"^\s*(?:={2,}|#{1,6}|\*{2,}|-{2,}|【|\[|~{2,})\s*(?P<head>[^=\n】\]~]*?)\s*(?:={2,}|#{1,6}|\*{2,}|-{2,}|】|\]|~{2,}|$)"
)
_AUTHOR = re.compile(
    r"(?<![A-Za-z])(?:Dr\.?|Prof\.?|Mr|Ms|Mrs|Miss|S/N|RN|SN|Nurse|Sister)\.?\s+(?P<en>(?:[A-Z][\w'’.-]*\s?){1,3})"
    r"|(?:医师|医生|护士|主任|主治|药师|规培|住院医师|查房)\s*[（(：:]?\s*(?P<zh>[一-鿿]{2,4})(?=[）)\s\d:：]|$)"
    r"|[（(](?P<zh2>[一-鿿]{2,4})[)）]|[（(](?P<paren>(?:[A-Z]\.?\s)?[A-Z][a-z'’-]+(?:\s[A-Z][\w'’-]+)?)(?:,[^)]*)?[)）]"
)
_IDENTITY = re.compile(
    r"(?i)\b(?:adm(?:it(?:ted)?)?|DOB|MRN|NHS|date of (?:birth|admission|discharge)|attending|consultant|PCP|GP|LOS)\b|住院号|入院日期|出院日期|姓名|床号"
)
_DOSED_LINE = re.compile(
    r"^\s*[A-Za-z一-鿿][^:：]{2,40}?\d\s?(?:mg|mcg|micrograms?|g|units?|ml|puffs?|片|粒|单位)(?![a-z])",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-•*·–]|\d{1,2}[.)、）](?!\d)|\(\d{1,2}\)|（\d{1,2}）)\s*")
_ACTION_LINE = re.compile(
    r"(?i)^\s*(?:[-•*]\s*)?(?:STOP(?:PED)?|HOLD|HELD|NEW|SAME|CHANGED?|UNCHANGED|CONTINUED?|START(?:ED)?|RESUMED?|RESTART|"
    r"DISCONTINUED?|MODIFIED|INCREASED?|DECREASED?|REDUCED|WITHHELD|PAUSED|ON HOLD|DO NOT TAKE|"
    r"停用|停|暂停|新增|继续|调整|不变|加用|改)\b"
)
_ACTION_LABEL = re.compile(
    r"(?i)(?<![\w/])(?P<label>(?:START|CHANGE|CONTINUE|STOP|RESUME|KEEP)(?: HOW YOU)? (?:TAKING|TAKE)(?: (?:THESE|THE FOLLOWING|YOUR|THIS)(?: (?:MEDICATION|MEDICINE)S?)?)?|STOP(?:PED)?(?: TAKING)?|HOLD|HELD|ON HOLD|WITHHELD|PAUSED?|NEW(?: MED(?:ICATION|ICINE)?S)?|SAME|UNCHANGED|NO CHANGE|"
    r"CHANGED?(?: MED(?:ICATION|ICINE)?S)?|CONTINUED?(?: MED(?:ICATION|ICINE)?S)?|START(?:ED)?|RESUMED?|DISCONTINUED?|"
    r"MODIFIED|INCREASED|DECREASED|REDUCED|停用|停药|暂停|新增|继续|不变|调整|加用)\s{0,2}[:：]"
)


def read_layout(span: Span, dates: ChartDates) -> list[Segment]:
    """Segments in order, headings left out of their text; together they cover all other text."""
    state = _State(note=Note(0, "header"), base="header")
    for line in _lines(span):
        if not line.text.strip():
            state.blank = True
            continue
        _read_line(line, state, dates)
        state.blank = False
    return _joined(state.segments)


def _lines(span: Span) -> list[Span]:
    lines, start = [], 0
    for piece in span.text.splitlines(keepends=True):
        lines.append(Span(span.start + start, span.start + start + len(piece), piece))
        start += len(piece)
    return lines


_FOOT = re.compile(r"\s*(?P<mark>[*†‡§#@&△▲※☆★¶]{1,2})\s*(?=\d)")


def _is_footnote(line: Span, state: _State) -> bool:
    """``† 03/09 FBC: mislabelled tube`` under a table that carries the mark is a remark, no entry of that day."""
    found = _FOOT.match(line.text)
    if not found or not state.segments:
        return False
    last = state.segments[-8:]
    return any(re.search(rf"\d\s?{re.escape(found['mark'])}(?=[\s|]|$)", s.span.text) for s in last)


def _read_line(line: Span, state: _State, dates: ChartDates) -> None:
    if _is_footnote(line, state):
        outer = state.open
        state.open = _Open("results", "", "line", line.start)
        _add(line, 0, len(line.text), state)
        state.open = outer
        return
    rest = _open_note(line, state, dates)
    if rest is None:
        return
    if rest is line:
        rest = _open_heading(line, state, dates)
        if rest is None:
            return
    if rest is line:
        _note_date(line, state, dates)
    if rest is line and not _continues(line, state):
        state.open = state.open.within if state.open and _ACTION_LINE.match(line.text) else None
    _cut_labels(rest, state)


def _continues(line: Span, state: _State) -> bool:
    """Whether an unlabelled line still belongs to the label that is open."""
    if state.open is None:
        return True
    if state.open.reach == "block":
        return True
    if state.open.reach == "list":
        return bool(_BULLET.match(line.text)) or line.text[:1] in " \t" or bool(_DOSED_LINE.match(line.text))
    indented = line.text[:1] in " \t" or bool(_BULLET.match(line.text))
    return indented and not state.blank


def _open_note(line: Span, state: _State, dates: ChartDates) -> Span | None:
    """Reads a note header; returns the text after it, the line itself where it is none, None where nothing is left."""
    head_end, framed = _header_extent(line.text)
    if head_end is None:
        return line
    if state.open and state.open.section in {"follow_up", "pending"} and line.text[:1] in " \t•-*":
        return line  # an appointment of the list, no entry of that day
    if _IDENTITY.search(line.text) and state.note.index == 0 and not framed:
        return line
    if len(_date_columns(line.text, dates)) >= 2:
        return line
    head = line.text[:head_end]
    bare = _DECORATION.sub("", head).strip(" :：=】]*#-")
    row = _note_row(bare, framed=framed, dates=dates)
    if row is None:
        key = _lexicon().label.get(_key(bare)) if framed else None
        rest = Span(line.start + head_end, line.end, line.text[head_end:])
        if key is None or not any(c.isalnum() for c in rest.text):
            return line
        state.open = _Open(key, bare, "block", line.start)
        return rest
    token = _date_in_header(bare, dates)
    if token is None and row.section in {"imaging"} and not framed:
        return line
    if token is None and not framed and len(bare) > 40:
        return line
    if (
        token
        and dates.discharged
        and (dates.iso(token) or "") > dates.discharged.isoformat()
        and not row.discharge
    ):
        return line
    author = _author(bare)
    previous = state.note
    date = dates.iso(token, with_time=True) if token else None
    if date is None and re.search(r"(?i)addendum|补记|更正|\bRN\b|S/N", bare):
        date = previous.date
    if (
        date is None
        and row.section == "results"
        and previous.section == "admission"
        and not framed
        and any(c.isalnum() for c in line.text[head_end:])
    ):
        date = previous.date
    discharge = row.discharge or (
        previous.discharge
        and row.section not in {"imaging", "admission", "progress", "consult"}
        and token is None
        and not framed
    )
    state.note = Note(previous.index + 1, row.section, bare, date, author, discharge, line.start)
    state.base = row.section if row.section != "imaging" or framed else "progress"
    key = _lexicon().label.get(_key(bare))
    state.open = _Open(key, bare, "block", line.start) if key else None
    rest = Span(line.start + head_end, line.end, line.text[head_end:])
    if row.section == "imaging" and rest.text:
        state.open = _Open("imaging", bare, "line", line.start)
    signed = _signed_only(rest.text, dates)
    if signed is not None:
        written = dates.iso(signed, with_time=True)
        state.note = replace(state.note, date=state.note.date or written)
        return None
    return rest if any(c.isalnum() for c in rest.text) else None


_NAME_ONLY = re.compile(
    r"[\s,，/|:：-]*(?:[一-鿿]{2,4}(?:\s*(?:副?主任|主治|住院)?医师)?|(?:Dr\.?|Prof\.?)?\s*[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+)?(?:,?\s(?:MD|FY[12]|PGY[1-5]))?)?[\s.]*"
)


def _signed_only(text: str, dates: ChartDates) -> DateToken | None:
    """The date behind a heading that has only a date, and perhaps a name, after it: ``【出院记录】2025-05-16 温某某``."""
    tokens = dates.tokens(text)
    if len(tokens) != 1 or not tokens[0].year:
        return None
    rest = text[: tokens[0].start] + text[tokens[0].end :]
    return tokens[0] if _NAME_ONLY.fullmatch(rest) else None


def _date_columns(text: str, dates: ChartDates) -> list[DateToken]:
    """Dates that stand apart as the column heads of a table."""
    tokens = dates.tokens(text)
    return [t for a, t in pairwise(tokens) if not re.search(r"[^\s|]", text[a.end : t.start])]


_KEEPS_ITS_DATES = {
    "follow_up",
    "pending",
    "discharge_medications",
    "discharge_orders",
    "orders",
    "instructions",
    "home_medications",
    "header",
}


def _note_date(line: Span, state: _State, dates: ChartDates) -> None:
    """A line that opens with a date is an entry of that day, whatever follows."""
    section = state.open.section if state.open else state.base
    lead = re.match(r"[\s*•>\-]*", line.text)
    at = lead.end() if lead else 0
    kind = _lexicon().note_word.match(line.text, at)
    if kind and len(kind.group()) > 2 and dates.first(line.text[kind.end() : kind.end() + 3 + 21]):
        # `Progress note 12/30 Hospital day 3. ...`: the kind of entry, then its day.
        gap = dates.tokens(line.text[kind.end() : kind.end() + 24])[0].start
        at = kind.end() + gap if gap <= 2 else at
    token = dates.first(line.text[at : at + 24])
    if token is None or token.start > 0 or section in _KEEPS_ITS_DATES or _date_columns(line.text, dates):
        return
    after = line.text[at + token.end : at + token.end + 2]
    if token.weak and not (after[:1] in " \t:：" and after.strip()):
        return
    iso = dates.iso(token, with_time=True)
    named = _lexicon().note_word.match(line.text[at + token.end :].lstrip(" \t:："))
    if kind and at >= kind.end():
        named = kind
    row = _lexicon().note[named.group().casefold()] if named else None
    headed = (state.open is not None and state.open.reach == "block") or bool(state.note.heading)
    base = section if headed and section in {"imaging", "results"} else "progress"
    if row is not None and not row.discharge and row.section != "orders":
        base = row.section
    if state.note.discharge:
        return
    leaves = bool(
        iso
        and dates.discharged
        and iso[:10] == dates.discharged.isoformat()
        and _LEAVES.match(line.text[at + token.end :])
    )
    base = "condition_at_discharge" if leaves else base
    state.note = Note(state.note.index + 1, base, "", iso, None, leaves, line.start)
    state.base, state.open = base, None


_LEAVES = re.compile(
    r"(?i)[\s:：,–-]*(?:for |fit for |going )?(?:home|discharged?|d/c|dc'?d?)(?!\w)(?!\s*(?:meds|BP|O2|oxygen|visit|planning|delayed|tomorrow))|[\s:：]*(?:今日|予以?|患者)?(?:出院|回家)(?!前|后|计划)"
)
"""The last entry of a stay: ``21/6 home. T36.8 ...``."""


def _header_extent(text: str) -> tuple[int | None, bool]:
    """Where a possible note header ends: its frame, its colon, or the end of a short line."""
    framed = _FRAMED.match(text)
    if framed and framed["head"].strip() and len(framed["head"]) < 90:
        return framed.end(), True
    stripped = text.rstrip()
    colon = re.search(r"(?<!\d)[:：](?!\d\d(?!\d))|(?<=\d)[:：](?=\s|$)|(?<=\d)：", stripped)
    if colon and colon.start() <= 80:
        return colon.end(), False
    if len(stripped) <= 90:
        return len(stripped), False
    return None, False


def _note_row(bare: str, *, framed: bool, dates: ChartDates) -> _NoteRow | None:
    lexicon = _lexicon()
    key = _key(bare)
    if not bare or len(bare) > 110:
        return None
    word = _BARE_ZH_NOTE.fullmatch(bare)
    if word:
        return (
            _NoteRow(section="admission", words=[])
            if word[1] == "入院"
            else _NoteRow(section="condition_at_discharge", words=[], discharge=True)
        )
    dated = _date_in_header(bare, dates) is not None
    if bare.isupper() and len(bare.split()) <= 6:
        left = next((lexicon.note[m.group().casefold()] for m in lexicon.note_word.finditer(bare)), None)
        if left is not None and left.discharge:
            return left
    if key in lexicon.note and (
        framed or dated or bare.isupper() or lexicon.note[key].section in {"admission"} or _HAN.search(bare)
    ):
        return lexicon.note[key]
    if key in lexicon.label:
        return None
    if not (dated or framed):
        return None
    # `15-Mar` is a day in March, no MAR.
    days = [(t.start, t.end) for t in dates.tokens(bare)]
    matches = [m for m in lexicon.note_word.finditer(bare) if not any(a <= m.start() < b for a, b in days)]
    if not matches:
        return _dated_only(bare, dates)
    if not framed and not _header_like(bare, dates):
        return None
    rows = [lexicon.note[m.group().casefold()] for m in matches]
    for row in rows:
        if row.discharge:
            return row
    first = rows[0]
    # A speciality named beside a note kind (`Surgery WR`) leaves the kind to decide.
    if first.section == "consult" and any(r.section in {"admission", "orders"} for r in rows[1:]):
        return next(r for r in rows[1:] if r.section in {"admission", "orders"})
    return first


_BARE_ZH_NOTE = re.compile(
    r"(?:20\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*(?:\d\d[:：]\d\d\s*)?(入院|出院)\s*[一-鿿]{0,4}"
)
_LEFT_OF_HEADER = re.compile(r"(?i)[\d/:.\-–,()（）\s@h]+|\b(?:am|pm|hrs|the|by|note|day|for|of|and|on)\b")


def _header_like(bare: str, dates: ChartDates) -> bool:
    """A header is a kind of note with its date, time and author, and little else."""
    left = bare
    for token in reversed(dates.tokens(bare)):
        left = left[: token.start] + " " + left[token.end :]
    left = _AUTHOR.sub(" ", left)
    left = re.sub(r"[（(][^（()）]*[)）]", " ", left)
    left = _lexicon().note_word.sub(" ", left)
    left = _LEFT_OF_HEADER.sub(" ", left)
    if _HAN.search(left):
        return len(re.sub(r"\s", "", left)) <= 8
    return len(left.split()) <= 4


def _dated_only(bare: str, dates: ChartDates) -> _NoteRow | None:
    """A line that opens with a date, an author or nothing else: ``07/11`` or ``08/17`` or ``2/6 Dr Lee``."""
    token = _date_in_header(bare, dates)
    if token is None or token.start > 3:
        return None
    left = _AUTHOR.sub(" ", bare[token.end :])
    left = re.sub(r"[（(][^（()）]*[)）]|\d{1,2}[:：]\d\d|[\s,–\-]", "", left)
    if observation_names()[2].match(f"{left}："):
        return None  # `9月13日 血培养：...` is a result of that day
    return _NoteRow(section="progress", words=[]) if len(left) <= 3 else None


def _date_in_header(bare: str, dates: ChartDates) -> DateToken | None:
    tokens = dates.tokens(bare)
    return tokens[0] if tokens else None


def _author(bare: str) -> str | None:
    for match in _AUTHOR.finditer(bare):
        name = match["en"] or match["zh"] or match["zh2"] or match["paren"]
        if name and not re.fullmatch(r"(?i)(?:resp|surg|cardio|med)\w*", name.strip()):
            return name.strip(" .,-")
    return None


def _key(text: str) -> str:
    text = re.sub(r"^[\s（(]*(?:\d{1,2}|[一二三四五六七八九十]{1,2})[\s)）.、]+", "", text)
    return re.sub(r"\s+", " ", text).strip(" :：.-=*#】【[]_").casefold()


def _open_heading(line: Span, state: _State, dates: ChartDates) -> Span | None:
    """A line that is a section heading and nothing else; returns None then, else the line."""
    bare = _DECORATION.sub("", line.text).strip()
    if len(bare) > 60:
        return line
    without = re.sub(r"\s*[（(][^（()）]*[)）]\s*", " ", bare)
    key = _lexicon().label.get(_key(bare)) or _lexicon().label.get(_key(without))
    if key is None:
        return line
    short = _key(without)
    # `PT` or `call` alone on a line may be a word; headings that short are written in capitals or with a colon.
    if (
        len(short) <= 4
        and not _HAN.search(short)
        and not (bare.isupper() or _CAPITALS.match(bare) or bare.endswith((":", "：")) or "=" in line.text)
    ):
        return line
    if key in _OPENS_DISCHARGE and state.base == "progress" and not state.note.discharge:
        # The discharge letter follows the last ward round: what it says is not of that round's day.
        date = dates.discharged.isoformat() if dates.discharged else None
        state.base = "condition_at_discharge"
        state.note = Note(state.note.index + 1, state.base, bare, date, None, True, line.start)
    state.open = _Open(key, bare, "block", line.start)
    return None


_CAPITALS = re.compile(r"[A-Z]{2,}[a-z]$")
"""``TTOs``, ``PMHx``: capitals with an ending, no word of prose."""
_OPENS_DISCHARGE = ("discharge_diagnosis", "discharge_medications", "discharge_orders")


def _cut_labels(line: Span, state: _State) -> None:
    """Splits a line at its inline labels and adds the pieces as segments."""
    start, outer = 0, state.open
    for begin, end, key, label in _inline_labels(line.text, state):
        if begin > start:
            _add(line, start, begin, state)
        if key is None:
            state.open = outer
            start = begin
            continue
        numbered = bool(re.match(r"[(（]?\d", line.text[begin:end]))
        if not numbered or outer is None:
            outer = state.open if numbered else None
        reach = _lexicon().reach.get(key, "line")
        if key == "home_medications" and re.search(r"\w", line.text[end:]):
            reach = "list"
        if (
            state.note.discharge
            and key in {"assessment", "discharge_diagnosis"}
            and re.search(r"\w", line.text[end:])
        ):
            reach = "line"
        within = None
        if _ACTION_LABEL.match(line.text[begin:]):
            reach = "line" if any(c.isalnum() for c in line.text[end + len(label) :]) else "block"
            if state.open and state.open.section in _MEDICINE_LISTS:
                within = state.open.within or (state.open if state.open.reach == "block" else None)
        state.open = _Open(key, label, reach, line.start + begin, within)
        start = end
    _add(line, start, len(line.text), state)


_MEDICINE_LISTS = ("home_medications", "discharge_medications", "discharge_orders", "orders")


def _inline_labels(text: str, state: _State) -> list[tuple[int, int, str | None, str]]:
    lexicon = _lexicon()
    found: list[tuple[int, int, str | None, str]] = []
    patterns = (lexicon.inline, lexicon.zh_inline) if re.search(r"[:：]|\s[-–—]", text) else ()
    for pattern in patterns:
        for match in pattern.finditer(text):
            label = match["label"]
            key = lexicon.label[label.casefold()]
            if not _label_position(text, match) and not (
                key == "discharge_medications"
                and re.fullmatch(r"(?:.*[.;。]\s+)?\W*[A-Za-z]+\s+", text[: match.start()])
            ):
                continue
            if (
                len(label) <= 3
                and label.isascii()
                and not label.isupper()
                and not (label[0].isupper() and _line_start(text, match.start()))
            ):
                continue
            if label.casefold() in {
                "all",
                "call",
                "return",
                "treatment",
                "history",
                "course",
                "p",
                "lab",
            } and not _line_start(text, match.start()):
                continue
            if match["sep"].strip() not in ":：" and not (
                label.isupper() and _line_start(text, match.start())
            ):
                continue
            if (
                len(label) <= 3
                and match["sep"].strip() not in ":："
                and _with_number(text, match.start()) < match.start()
            ):
                continue  # `3. PE - low probability` is an item of a list, no examination
            begin = _with_number(text, match.start())
            found.append((begin, match.end(), key, label))
    if not any(begin <= 3 for begin, *_ in found):
        leading = _leading_label(text)
        if leading:
            found.append(leading)
    for match in _ACTION_LABEL.finditer(text):
        if _label_position(text, match):
            found.append((match.start(), match.end(), _medication_section(state), match["label"]))
    in_list = state.open is not None and state.open.section == "discharge_medications"
    if in_list and state.note.discharge and not found and _GOES_TO.match(text):
        found.append((0, 0, "disposition", "disposition"))
    if _ACTION_LINE.match(text) and not any(begin <= 3 for begin, *_ in found) and state.note.discharge:
        section = state.open.section if state.open else ""
        if section not in {"discharge_medications", "instructions", "follow_up"}:
            state.open = _Open("discharge_medications", "", "line")
    if any(re.match(r"[(（]?\d", text[b:e]) for b, e, *_ in found):
        taken = {b for b, *_ in found}
        first = min(b for b, e, *_ in found if re.match(r"[(（]?\d", text[b:e]))
        for number in _ITEM_NUMBER.finditer(text):
            if number.start() > first and number.start() not in taken:
                found.append((number.start(), number.start(), None, ""))
    found.sort(key=lambda item: item[0])
    kept: list[tuple[int, int, str | None, str]] = []
    for item in found:
        if not kept or item[0] >= kept[-1][1]:
            kept.append(item)
    # An action label such as `HOLD:` keeps its word in the text: it is the verb of the medicines after it.
    return [
        (
            b,
            b if re.match(_ACTION_LABEL, text[b:e]) and lexicon.label.get(la.casefold()) is None else e,
            k,
            la,
        )
        for b, e, k, la in kept
    ]


_ITEM_NUMBER = re.compile(r"(?<=[。;；.\s])\d{1,2}[.、．)](?=\s?[^\d\s])")
_LEADING_BARE = {
    "bloods": "results",
    "labs": "results",
    "o/e": "examination",
    "dx": "assessment",
    "imp": "assessment",
    "tto": "discharge_medications",
    "tta": "discharge_medications",
    "kardex": "orders",
    "pc": "chief_complaint",
    "cc": "chief_complaint",
    "hpc": "history_of_present_illness",
    "hpi": "history_of_present_illness",
    "pmh": "past_medical_history",
    "pmhx": "past_medical_history",
    "dhx": "home_medications",
    "fh": "family_history",
    "fhx": "family_history",
    "sh": "social_history",
    "shx": "social_history",
    "impression": "assessment",
    "plan": "plan",
    "ix": "results",
    "obs": "vitals",
    "psh": "past_medical_history",
    "nkda": "",
}
_GAPPED = re.compile(r"\s*(?P<word>[A-Za-z][A-Za-z/&+-]*(?: [A-Za-z/&]+){0,3})(?:\s{2,}|\t)(?=\S)")
_ZH_GAPPED = re.compile(r"\s*(?P<word>[一-鿿]{2,6})[ \u3000]+(?=\S)")
_CELLS_ONLY = re.compile(r"^[\s\d.,<>≤≥*+^†‡#&%/|:-]+$")


def _leading_label(text: str) -> tuple[int, int, str | None, str] | None:
    """Labels that stand at the start of a line without a colon: ``BLOODS   03/11   04/11``, ``PMH COPD``."""
    labels = _lexicon().label
    key = None
    if columns_of(text):
        return None  # `Medication   Home dose   Discharge` heads a table, no list
    gapped = _GAPPED.match(text) or _ZH_GAPPED.match(text)
    if gapped and not _CELLS_ONLY.match(text[gapped.end() :]):
        word = gapped["word"]
        # `Plan  furosemide` heads a line; `pain   none` in small letters is a word of it.
        key = labels.get(word.casefold()) if word[0].isupper() or not word.isascii() else None
    match = gapped
    if key is None:
        match = re.match(
            r"\s*(?P<word>[A-Z/]{2,8}|[A-Z]{2,3}x|Labs|Bloods|Imp|Impression|Plan|Dx|Ix|Obs)(?=\s)", text
        )
        key = _LEADING_BARE.get(match["word"].casefold()) if match else None
    if not match or not key or (_CELLS_ONLY.match(text[match.end() :]) and key != "results"):
        return None
    # A results table keeps its label: the columns are counted from it.
    end = match.start("word") if key == "results" else match.end()
    return match.start("word"), end, key, match["word"]


_GOES_TO = re.compile(
    r"\s*(?:[-•*]\s*)?(?:Home|Discharged? (?:to |home)|To (?:home|rehab|SNF|nursing|care|residential)|(?:Nursing|Care|Residential) home|SNF|(?:Inpatient )?[Rr]ehab(?:ilitation)?)\b"
    r"(?!\s*(?:BP|glucose|O2|oxygen|med|exercise|monitor|care\s*:|health|PT|visit))[^:\d]{0,60}(?:[.;]|$)"
)


def _medication_section(state: _State) -> str:
    section = state.open.section if state.open else state.base
    if section in {"home_medications", "orders", "discharge_medications"} and not (
        section == "home_medications" and state.note.discharge
    ):
        return section
    return "discharge_medications" if state.note.discharge else (section if section != "header" else "plan")


def _with_number(text: str, at: int) -> int:
    number = re.search(r"(?:\(?\d{1,2}[.)、）]|（\d{1,2}）|[一二三四五六七八九十]、)\s*$", text[:at])
    return number.start() if number else at


def _line_start(text: str, at: int) -> bool:
    return not re.search(r"\w", text[:at]) or bool(re.fullmatch(r"[\s\W]*\d{1,2}[.)、）]\s*", text[:at]))


def _label_position(text: str, match: re.Match[str]) -> bool:
    """A label opens a line or follows the end of a sentence, a list number or a wide gap."""
    before = text[: _with_number(text, match.start())]
    if not re.search(r"\w", before):
        return True
    return bool(re.search(r"(?:[.。;；!?！？|】\])）]|\s{3}|\t|[（(]\d+[)）])\s*[*_]*$", before))


def _add(line: Span, start: int, end: int, state: _State) -> None:
    piece = (
        line.sub(start, end) if False else Span(line.start + start, line.start + end, line.text[start:end])
    )
    # The rule under a table's head keeps the table in one piece.
    ruled = "|" in piece.text and state.segments and state.segments[-1].span.end == piece.start
    if not ruled and not any(c.isalnum() for c in piece.text):
        return
    if state.open is not None:
        section, label, label_start = state.open.section, state.open.label, state.open.label_start
    else:
        section, label, label_start = state.base, "", state.note.start
    state.segments.append(Segment(section, piece, state.note, label, label_start))


def _joined(segments: list[Segment]) -> list[Segment]:
    """Neighbouring lines of one section as one segment."""
    out: list[Segment] = []
    for segment in segments:
        last = out[-1] if out else None
        if (
            last
            and last.section == segment.section
            and last.note.index == segment.note.index
            and last.label_start == segment.label_start
            and last.span.end == segment.span.start
        ):
            text = last.span.text + segment.span.text
            out[-1] = replace(last, span=Span(last.span.start, segment.span.end, text))
        else:
            out.append(segment)
    return out
