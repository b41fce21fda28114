"""The head of a medicine table: which columns it names.

Owns the words of such heads, English and Chinese, and how a line falls into cells. Refuses to read rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADS = {
    "name": r"(?:names? of )?medic(?:ine|ation)s?(?: name)?|(?:names? of )?drugs?(?: name)?|name|药品(?:名称)?|药物(?:名称)?|药名",
    "home": r"(?:dose )?(?:before|prior to|pre-?|on|at)[ -]?(?:admission|admit)(?: dose)?|pre-?admission(?: (?:dose|medication))?|(?:taken |at )?(?:home|before|prior)(?: dose| medication| medicine| hospital| coming in| stay)?s?|usual(?: dose)?|PTA|previous(?:ly)?(?: dose)?|old dose|入院前(?:用[药法]|剂量)?|住院前|[术院]前(?:用[药法]|剂量)?|原(?:用[药法]|剂量|方案)",
    "discharge": r"(?:dose )?(?:on|at|after)? ?(?:discharge|d/?c|going (?:home|out)|leaving)(?: on)?(?: dose| medication)?s?|now|after|current(?:ly)?(?: dose)?|new(?: dose| list)|(?:to )?take (?:at )?home|TT[OA]|出院(?:时|后|带药|用[药法]|剂量)?|现(?:用[药法]|剂量|在)|目前(?:用[药法]|剂量)?|带药",
    "dose": r"dos(?:e|age)|strength|剂量|用量",
    "route": r"route|途径|给药途径",
    "often": r"freq(?:uency)?|times?|how often|when|directions?|sig|频次|频率|用法用量|用法",
    "pack": r"规格|包装(?:规格)?|数量|总量|单价",
    "number": r"#|no|nr|序号?|编号|№",
    "status": r"status|change|action|plan|comments?|notes?|reason|remarks?|indication|duration|说明|备注|变化|状态|处理|原因|疗程",
}
_OF_MEDICINES = re.compile(r"(?i)medic|drug|dos(?:e|age)|strength|admi|discharge|home|TT[OA]|药|剂量")
"""``Name | Before | After`` may head anything."""
_HEAD = {key: re.compile(rf"[^\w#№]*(?:{pattern})\W*", re.IGNORECASE) for key, pattern in _HEADS.items()}
BARRED = re.compile(r"[|│┃\t]")
"""What parts the cells of a table."""
_WIDE_CELL = re.compile(r"\S+(?: \S+)*")


@dataclass(frozen=True)
class Column:
    """``key`` names what the column holds; ``start`` is its place in the line, ``index`` its number between bars."""

    key: str
    start: int
    index: int


def cells_of(line: str) -> list[tuple[int, int, str]]:
    """``(column, start, text)`` of each cell; a cell between two bars may be empty."""
    if BARRED.search(line):
        body = line.rstrip("\n")
        lead = 1 if body.lstrip().startswith(("|", "│", "┃")) else 0
        out, start = [], 0
        for index, piece in enumerate(BARRED.split(body)):
            out.append((index - lead, start, piece))
            start += len(piece) + 1
        return out[lead:]
    return [(i, m.start(), m.group()) for i, m in enumerate(_WIDE_CELL.finditer(line))]


_NUMBERED_NAME = re.compile(r"\s*(?:序号?|编号|№|No\.?)[ \u3000]+(?=\S)")


def _heads_of(line: str) -> list[tuple[int, int, str]]:
    """The cells of a head; ``序号 药品名称`` written close together are two."""
    cells = cells_of(line)
    both = _NUMBERED_NAME.match(cells[0][2]) if cells else None
    if both is None:
        return cells
    index, start, text = cells[0]
    later = [(i + 1, at, cell) for i, at, cell in cells[1:]]
    return [(index, start, both.group().strip()), (index + 1, start + both.end(), text[both.end() :]), *later]


def columns_of(line: str) -> list[Column]:
    """The columns of a head line; empty unless it names the medicine and at least one of dose, home and discharge.

    A column it does not know is left out where another is said to be of the discharge; elsewhere the table stays unread.
    """
    found: list[Column] = []
    strange = False
    for index, start, text in _heads_of(line):
        key = next((k for k, pattern in _HEAD.items() if pattern.fullmatch(text.strip())), None)
        if key is None:
            strange = strange or bool(text.strip())
            continue
        found.append(Column(key, start + len(text) - len(text.lstrip()), index))
    found = [c for c in found if c.key != "number"]
    keys = {c.key for c in found}
    if (strange and "discharge" not in keys) or not _OF_MEDICINES.search(line):
        return []
    told = keys & {"home", "discharge", "often"} or {"dose", "often"} <= keys
    first = found[0].key == "name" or (found[0].key == "status" and "name" in keys) if found else False
    enough = len(found) >= 3 or ({"name", "discharge"} <= keys and strange)
    return found if first and told and enough else []
