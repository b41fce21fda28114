"""Lines of a chart that are no entry: a footnote of a table, a name at its foot.

Owns which lines those are. Refuses to read them (``layout``).
"""

from __future__ import annotations

import re

from assistant.records.layout_state import State
from assistant.records.text_spans import Span

_FOOT = re.compile(r"\s*(?P<mark>[*†‡§#@&△▲※☆★¶]{1,2})\s*(?=\d)")


def is_footnote(line: Span, state: State) -> bool:
    """``† 03/09 FBC: mislabelled tube`` under a table that carries the mark is a remark, no entry of that day."""
    found = _FOOT.match(line.text)
    if not found or not state.segments:
        return False
    last = state.segments[-8:]
    return any(
        re.search(rf"\d\s?(?:[A-Za-zµμ/%^]+)?\s{{0,4}}{re.escape(found['mark'])}(?=[\s|]|$)", s.span.text)
        for s in last
    )


_SIGNED = re.compile(
    r"[ \t\u3000]{12,}[一-鿿]{1,4}\s*|[ \t\u3000]*[一-鿿]\s*|\s*(?:录入|抄录|转录|记录|书写|整理|打印|签名|签字)(?:者|人|员)?\s?[:：][^，。；;\d]{1,16}"
)


def is_signature(line: Span, state: State) -> bool:
    """``                 刘`` ends a chart: a name at the right edge, or one character alone, is no advice."""
    return state.last_line == line.start and bool(_SIGNED.fullmatch(line.text))
