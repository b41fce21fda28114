"""The number or bullet that opens an entry of a list.

Owns telling a list number from a figure: ``10.1周后复查`` after entry 9 is entry 10, not 10.1 weeks. Refuses to know the list.
"""

from __future__ import annotations

import re

from assistant.records.sections import Segment
from assistant.records.text_spans import Span

_PLAIN = re.compile(r"^(?:[-•*·\s]|\(?\d{1,2}(?:[.)）．]\s?(?!\d)|、\s?))+")
_TIGHT = re.compile(r"^\s*(?P<number>\d{1,2})[.．](?=\d)")


def past_number(item: Span, segment: Segment) -> Span:
    """The entry without what numbers it."""
    plain = _PLAIN.match(item.text)
    if plain:
        return item.sub(plain.end(), len(item.text))
    tight = _TIGHT.match(item.text)
    if tight and _follows(int(tight["number"]), item, segment):
        return item.sub(tight.end(), len(item.text))
    return item


def _follows(number: int, item: Span, segment: Segment) -> bool:
    """Whether the entry before or after carries the neighbouring number."""
    at = item.start - segment.span.start
    before, after = segment.span.text[:at], segment.span.text[at + len(item.text) :]
    last = re.findall(r"(?:^|[\n;；。])\s*(\d{1,2})[.、．)）]", before)
    following = re.search(r"(?:^|[\n;；。])\s*(\d{1,2})[.、．)）]", after)
    return bool((last and int(last[-1]) == number - 1) or (following and int(following[1]) == number + 1))
