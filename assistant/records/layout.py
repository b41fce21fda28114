"""The layout of a chart: which note and which section each character belongs to.

Owns the reading line by line. Refuses to know facts: unknown headings leave their text in the section that was open, so
nothing is lost.
"""

from __future__ import annotations

import re

from assistant.records.allergy_items import words
from assistant.records.chinese_titles import heading_text
from assistant.records.dates import ChartDates
from assistant.records.discharge_lines import names_problems, numbers_a_medicine
from assistant.records.inline_labels import ACTION_LABEL, ACTION_LINE, inline_labels
from assistant.records.labels import Label
from assistant.records.layout_marks import is_footnote, is_signature
from assistant.records.layout_state import MEDICINE_LISTS, Open, State, add, joined
from assistant.records.note_headers import DECORATION, note_date, open_note
from assistant.records.relabelled import relabelled
from assistant.records.section_names import HAN, key_of, section_names
from assistant.records.sections import Note, Segment
from assistant.records.text_spans import Span
from knowledge.formulary import open_formulary


def read_layout(span: Span, dates: ChartDates) -> list[Segment]:
    """Segments in order, headings left out of their text; together they cover all other text."""
    state = State(note=Note(0, "header"), base="header", grown=bool(_GROWN.search(span.text[:_HEAD_CHARS])))
    state.last_line = next((s.start for s in reversed(_lines(span)) if s.text.strip()), 0)
    for line in _lines(span):
        if _DEAR.match(line.text) and state.note.index == 0 and _is_told(span.text[line.end - span.start :]):
            state.base, state.open, state.letter = "hospital_course", None, True
        if not line.text.strip():
            state.blank = True
            continue
        _read_line(line, state, dates)
        state.blank = False
    return relabelled(joined(state.segments))


_HEAD_CHARS = 600
_GROWN = re.compile(
    r"(?i)(?<![\d/.-])(?:1[2-9]|[2-9]\d)\s?-?(?:y(?:ears?|rs?|/?o)?(?![a-z])|[FM](?![a-z\d])|岁)|\bG\d\s?P\d|\bage\s?[:：]?\s?(?:1[2-9]|[2-9]\d)\b"
)
_DOSED_LINE = re.compile(
    r"^\s*[A-Za-z一-鿿][^:：]{2,40}?\d\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|ml|puffs?|片|粒|单位)(?![a-z])",
    re.IGNORECASE,
)
_DOSE = re.compile(r"(?i)\d\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|u|ml|puffs?|片|粒|单位)(?![a-z])")
_BULLET = re.compile(r"^\s*(?:[-•*·–]|\d{1,2}[.)、）](?!\d)|\(\d{1,2}\)|（\d{1,2}）)\s*")
_DEAR = re.compile(r"\s*(?:Dear|Re:? dear) (?:Dr|Doctor|Colleague|Prof|Mr|Ms|Mrs|GP)\b|\s*尊敬的")
"""From here on a chart is a letter, told in sentences; unless its lines carry labels."""
_LABELLED = re.compile(r"(?m)^\s*(?:[A-Z][\w /'&-]{1,40}|[\u4e00-\u9fff]{2,10})(?: ?\([^)\n]*\))?[:：]")
_LABELS_OF_A_FORM = 3


def _is_told(body: str) -> bool:
    return len(_LABELLED.findall(body)) < _LABELS_OF_A_FORM


def _lines(span: Span) -> list[Span]:
    lines, start = [], 0
    for piece in span.text.splitlines(keepends=True):
        lines.append(Span(span.start + start, span.start + start + len(piece), piece))
        start += len(piece)
    return lines


def _read_line(line: Span, state: State, dates: ChartDates) -> None:
    if is_signature(line, state):
        state.open, state.base = None, "header"
        add(line, 0, len(line.text), state)
        return
    if is_footnote(line, state):
        outer = state.open
        state.open = Open("results", "", "line", line.start)
        add(line, 0, len(line.text), state)
        state.open = outer
        return
    if _read_title(line, state, dates):
        return
    rest = open_note(line, state, dates)
    if rest is None:
        return
    if rest is line:
        rest = _open_heading(line, state, dates)
        if rest is None:
            return
    if rest is line:
        note_date(line, state, dates)
    if rest is line and not _continues(line, state):
        goes_on = ACTION_LINE.match(line.text) or _opens_with_medicine(line.text)
        within = state.open.within if state.open else None
        lasts = (
            within is not None and (within.section == "discharge_orders" or within.stage) and not state.blank
        )
        state.open = within if goes_on or lasts else None
    if state.note.discharge:
        _open_unlabelled(rest, line, state)
    _cut_labels(rest, state)


def _read_title(line: Span, state: State, dates: ChartDates) -> bool:
    """Whether the line is a Chinese heading with its frame, number, day or writer; it is then opened by its name."""
    text = heading_text(line.text, dates)
    if text is None:
        return False
    span = Span(line.start, line.start + len(text), text)
    rest = open_note(span, state, dates)
    return rest is None or (rest is span and _open_heading(span, state, dates) is None)


def _opens_with_medicine(text: str) -> bool:
    """``Paracetamol max 2 g a day`` after ``NOT to take: ibuprofen`` is of the list again."""
    bare = DECORATION.sub("", text)
    return any(m.start == 0 for m in open_formulary().names_in(bare[:60]))


def _open_unlabelled(rest: Span, line: Span, state: State) -> None:
    """The problems that open a discharge entry, and medicines numbered under its diagnoses."""
    first = not any(s.note.index == state.note.index for s in state.segments[-1:])
    numbered = re.match(r"\s*1[.)]?\s", rest.text)
    if (
        ((first and state.open is None) or numbered)
        and names_problems(rest.text)
        and not _has(state, "discharge_diagnosis")
    ):
        state.open = Open("discharge_diagnosis", "", "line", line.start)
    in_list = state.open is not None and state.open.section in {"assessment", "discharge_diagnosis"}
    if in_list and numbers_a_medicine(rest.text):
        state.open = Open("discharge_medications", "", "block", line.start)


def _has(state: State, section: str) -> bool:
    return any(
        s.section in {section, "assessment"} and s.note.index == state.note.index for s in state.segments
    )


_OF_ONE_ROUND = {"examination", "vitals", "results"}
_GOES_ON_LATER = re.compile(
    r"\s*(?:\d{1,2}[:.]\d\d\s(?![|\d])|(?:D/w|d/w|Discussed|Given|Started|Admit|Adm\b|Seen by|Reviewed by|Impression|Treated)\b)"
)
"""What happened next, under an examination told on its own line: ``16:10  antivenom started``, ``D/w toxicologist``."""


def _continues(line: Span, state: State) -> bool:
    """Whether an unlabelled line still belongs to the label that is open."""
    if state.open is None:
        return True
    if state.open.reach == "block":
        return not (
            state.open.inline and state.open.section in _OF_ONE_ROUND and _GOES_ON_LATER.match(line.text)
        )
    if state.open.reach == "list":
        return bool(_BULLET.match(line.text)) or line.text[:1] in " \t" or bool(_DOSED_LINE.match(line.text))
    bulleted = bool(_BULLET.match(line.text))
    if not bulleted and state.open.indent and _labels_beside(line, state.open):
        return False
    if bulleted and state.open.bulleted:
        return False  # the next item of the list that the label stood in
    return (line.text[:1] in " \t" or bulleted) and not state.blank


_OWN_LABEL = re.compile(r"\s*(?P<label>[A-Z][A-Za-z /'&-]{2,40}|[一-鿿]{2,10})\s?[:：]")


def _labels_beside(line: Span, opened: Open) -> bool:
    """A line as far in as the label's own, with a label of its own, is its neighbour; ``codeine: vomiting`` is its item."""
    if _indent(line) != opened.indent or not (own := _OWN_LABEL.match(line.text)):
        return False
    return not (_opens_with_medicine(line.text) or words()["allergen"].search(own["label"]))


def _indent(line: Span) -> int:
    return len(line.text) - len(line.text.lstrip(" \t\u3000"))


def _open_heading(line: Span, state: State, dates: ChartDates) -> Span | None:
    """A line that is a section heading and nothing else; returns None then, else the line."""
    bare = DECORATION.sub("", line.text).strip()
    without = re.sub(r"\s*[（(][^（()）]*[)）]\s*", " ", bare)
    if len(without) > 60:
        return line
    key = section_names().label.get(key_of(bare)) or section_names().label.get(key_of(without))
    if key is None and _FINAL_LIST.search(without):
        key = "discharge_medications"
    if key is None and bare in _SBAR and dates.handover and not state.note.discharge:
        key = _SBAR[bare]
    if key is None and _reads_as_heading(without.strip()) and not _HEADS_ITS_LINE.search(without.strip()):
        key = section_names().section_of(_NUMBER.sub("", without.strip(" :：")))
    if key == "allergies" and open_formulary().names_in(bare):
        return line  # `* ALLERGIES codeine (vomits)` holds what it heads
    if key is None:
        if state.open and state.blank and _heads_something_else(line.text, bare, state.open):
            state.open = None
        return line
    if key == "follow_up" and _JOBS.match(bare) and not _leaves_soon(state):
        key = "plan"
    if key == "home_medications" and state.note.discharge and key_of(bare) in _OF_NO_TIME:
        key = "discharge_medications"
    short = key_of(without)
    # `PT` or `call` alone on a line may be a word; headings that short are written in capitals or with a colon.
    if (
        len(short) <= 4
        and not HAN.search(short)
        and not (
            without.strip().isupper()
            or _CAPITALS.match(bare)
            or bare.endswith((":", "："))
            or "=" in line.text
            or (short == "rx" and state.note.discharge)
        )
        and bare not in {"Plan", "Meds", "Labs", "Lab", "Obs", "Dx", "Exam"}
    ):
        return line
    opens_discharge = key in _OPENS_DISCHARGE or (key == "instructions" and _OF_DISCHARGE.search(bare))
    leaves = state.base in _OF_THE_STAY or (key == "discharge_medications" and state.base in _TOLD_WHOLE)
    if opens_discharge and leaves and not state.note.discharge:
        # The discharge letter follows the last ward round: what it says is not of that round's day.
        date = dates.discharged.isoformat() if dates.discharged else None
        state.base = "condition_at_discharge"
        state.note = Note(state.note.index + 1, state.base, bare, date, None, True, line.start)
    state.open = Open(key, bare, "block", line.start)
    return None


def _heads_something_else(text: str, bare: str, opened: Open) -> bool:
    """A framed or capital line that no list knows, after a blank one: what it heads is not of the section before."""
    if opened.section == "allergies" or opened.inline or not 4 <= len(bare) <= 60:
        return False
    framed = bool(re.match(r"\s*(?:={2,}|#{2,}|\*{3,}|【|\[)", text))
    capitals = re.match(r"[A-Z][A-Z /&'’-]{3,}(?=\s*(?:$|[(:]))", bare)
    return framed or bool(capitals and not _opens_with_medicine(bare))


_HEADS_ITS_LINE = re.compile(r"[一-鿿][ \u3000]+[一-鿿]")
"""``三、入院前用药 阿司匹林``: the words behind the gap are what it heads."""
_FINAL_LIST = re.compile(r"\bFINAL (?:MED\w*|DISCHARGE MED\w*) (?:CARD|LIST|REC\w*)\b")
_SBAR = {"B": "history_of_present_illness", "A": "assessment", "R": "plan", "S": "progress"}
"""The headings of a handover sheet: situation, background, assessment, recommendation."""
_JOBS = re.compile(r"(?i)\W*(?:to do|jobs|actions|still to do|left to do)\b")


def _leaves_soon(state: State) -> bool:
    """What is to do after the list of what to take is for those who follow up; before it is the ward's."""
    return state.note.discharge or any(s.section == "discharge_medications" for s in state.segments[-12:])


_OF_DISCHARGE = re.compile(r"(?i)\bdischarge\b|\bd/c\b|\bgoing home\b|出院")


def _reads_as_heading(bare: str) -> bool:
    """Few words without a figure, ended by a colon or begun by a capital: ``DC MED REC``, ``Meds to go home with:``."""
    bare = _NUMBER.sub("", bare)
    words = bare.split()
    if len(words) > 8 or re.search(r"[\d.,;|。，；]|[:：].|\s[-–—]|\s{3}|\t", bare):
        return False
    return bare.endswith((":", "：")) or (
        len(words) <= 5 and (bare[:1].isupper() or HAN.search(bare) is not None)
    )


_NUMBER = re.compile(r"^\(?(?:\d{1,2}|[A-H])[.)]\s+(?=\D)")
_CAPITALS = re.compile(r"[A-Z]{2,}[a-z]$")
"""``TTOs``, ``PMHx``: capitals with an ending, no word of prose."""


_OF_THE_STAY = (
    "progress",
    "results",
    "imaging",
    "therapy",
    "consult",
    "nursing",
    "pharmacy",
    "vitals",
    "plan",
    "operation",
)
_TOLD_WHOLE = ("header", "hospital_course", "admission")
"""Of a summary without entries: what follows the list of what to take is for after the stay."""
_OPENS_DISCHARGE = ("discharge_diagnosis", "discharge_medications", "discharge_orders")


def _cut_labels(line: Span, state: State) -> None:
    """Splits a line at its inline labels and adds the pieces as segments."""
    start, outer = 0, state.open
    for label in inline_labels(line.text, state):
        if label.start > start:
            add(line, start, label.start, state)
        if label.key is None:
            state.open = outer
            start = label.start
            continue
        numbered = bool(re.match(r"[(（]?\d", line.text[label.start : label.end]))
        if not numbered or outer is None:
            outer = state.open if numbered else None
        state.open = _opened_by(label, label.key, line, state)
        start = label.end
    add(line, start, len(line.text), state)


def _opened_by(label: Label, key: str, line: Span, state: State) -> Open:
    """What an inline label opens, and how far it reaches."""
    reach = section_names().reach.get(key, "line")
    more = re.search(r"\w", line.text[label.end :])
    if key == "home_medications" and more:
        rest = line.text[label.end :].rstrip()
        whole = len(_DOSE.findall(rest)) >= 2 and not rest.endswith((",", "，", ";", "；", "、", "and", "+"))
        reach = "line" if whole else "list"  # a list that ends with its line does not go on in the next
    if key == "home_medications" and state.note.discharge and label.word.casefold() in _OF_NO_TIME:
        key = "discharge_medications"
    if state.note.discharge and key in {"assessment", "discharge_diagnosis"} and more:
        reach = "line"
    within = None
    if ACTION_LABEL.match(line.text[label.start :]):
        reach = "line" if any(c.isalnum() for c in line.text[label.end + len(label.word) :]) else "block"
        if state.open and state.open.section in MEDICINE_LISTS:
            within = state.open.within or (state.open if state.open.reach == "block" else None)
    orders = state.open.within or state.open if state.open else None
    if key in _PART_OF_ORDERS and orders and orders.section == "discharge_orders" and not orders.inline:
        within = orders
    if orders and orders.stage and reach == "line":
        within = orders
    bulleted = label.start <= 6 and bool(_BULLET.match(line.text))
    return Open(
        key, label.word, reach, line.start + label.start, bool(more), bulleted, _indent(line), within=within
    )


_PART_OF_ORDERS = {"follow_up", "instructions", "pending"}
"""``复查：01-24血常规`` is one line of the orders at discharge; the next is of them again."""
_OF_NO_TIME = {"meds", "medications", "medication", "medicines", "drugs", "current medications", "current medicines",
               "current meds", "用药", "现用药", "目前用药"}  # fmt: skip
"""Labels of medicines that say no time: in the entry of the discharge they are what the patient leaves with."""
