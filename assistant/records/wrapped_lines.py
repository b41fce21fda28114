"""Text whose lines were broken to a width, by a scanner or a mailer, read as if they were not.

Owns telling a broken line from the line of a list, and the way back from the joined text to the text as given. Refuses to
join where the next word would have fitted, unless it goes on with an item of a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import pairwise
from statistics import quantiles
from typing import Any

from assistant.domain.record import PatientRecord, Place, SourceDocument

_MIN_LINES = 24
_MAX_WIDTH = 140
_SLACK = 3
"""Characters that a broken line may end short of the width, beyond the word that did not fit."""
_STARTS_ITEM = re.compile(r"\s*(?:[-•*·–]|\(?\d{1,2}[.)、])\s")
_ENDS = re.compile(r"[.:;!?。：；！？]\s*$")
_HYPHENATED = re.compile(r"[A-Za-z]-$")


@dataclass(frozen=True)
class Joined:
    """``text`` without the breaks; ``offsets[i]`` is where its character ``i`` stands in the text as given."""

    text: str
    offsets: tuple[int, ...]


def join_broken_lines(text: str) -> Joined | None:
    """The joined text, or None for text that is not broken to a width."""
    lines = text.split("\n")
    long = [len(line.rstrip()) for line in lines if line.strip()]
    if len(long) < _MIN_LINES:
        return None
    width = int(quantiles(long, n=10)[-1])
    if width > _MAX_WIDTH or not _is_broken(lines, width):
        return None
    out: list[str] = []
    offsets: list[int] = []
    at, in_item = 0, False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        in_item = bool(_STARTS_ITEM.match(line)) or (in_item and bool(line.strip()))
        goes_on = _goes_on(line, following, width, in_item=in_item)
        if goes_on:
            kept = line.rstrip()
            hyphen = _HYPHENATED.search(kept)
            kept = kept[:-1] if hyphen else kept + " "
        else:
            kept = line + "\n"
        out.append(kept)
        offsets += [min(at + i, at + len(line)) for i in range(len(kept))]
        at += len(line) + 1
    joined = "".join(out)[:-1]
    return Joined(joined, (*offsets[: len(joined)], len(text)))


def _is_broken(lines: list[str], width: int) -> bool:
    """Most lines that go on in small letters do so because the word did not fit."""
    pairs = [(a, b) for a, b in pairwise(lines) if b[:1].islower() and not _ENDS.search(a) and a.strip()]
    fitting = [a for a, b in pairs if _did_not_fit(a, b, width)]
    return (len(pairs) >= 8 and len(fitting) >= 0.6 * len(pairs)) or (
        len(pairs) >= _FEW and len(fitting) == len(pairs)
    )


_FEW = 5
"""So few broken lines tell a broken text only where every one of them reaches the width."""


def _did_not_fit(line: str, following: str, width: int) -> bool:
    return len(line.rstrip()) + 1 + len(following.split(" ", 1)[0]) > width - _SLACK


def _goes_on(line: str, following: str, width: int, *, in_item: bool) -> bool:
    if not line.strip() or not following.strip() or _STARTS_ITEM.match(following) or line.isupper():
        return False
    if _HYPHENATED.search(line.rstrip()) and following[:1].islower():
        return True
    if following[:1].islower() or following[:1] in "(&":
        return in_item or _did_not_fit(line, following, width)
    return not _ENDS.search(line) and _did_not_fit(line, following, width) and not following.isupper()


def placed_as_given(record: PatientRecord, text: str, joined: Joined) -> PatientRecord:
    """The record with every place in the text as given."""

    def moved(value: Any) -> Any:
        if isinstance(value, Place):
            start = joined.offsets[value.start]
            end = joined.offsets[value.end - 1] + 1 if value.end > value.start else start
            return Place(value.document_id, start, end, text[start:end])
        if isinstance(value, SourceDocument):
            return replace(value, text=text)
        if isinstance(value, tuple):
            return tuple(moved(item) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: moved(getattr(value, f.name)) for f in fields(value)})
        return value

    changed = moved(record)
    assert isinstance(changed, PatientRecord)
    return changed
