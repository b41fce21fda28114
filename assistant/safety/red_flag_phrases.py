"""The phrase language of ``red_flags/*.yaml``: regular expressions with a few shorthands for what people write.

A space matches any run of blanks, ``...`` up to five words (Chinese: ``…`` up to eight characters), and ``*`` any word
ending. Phrases meet text in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_GAP_EN = r"(?:(?:[^\s.!?;]|\.(?=\d))+[\s,/-]+){0,5}?"
_GAP_ZH = r"[^。！？；\n]{0,8}?"
_BLANK = r"[\s,/-]+"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SHORTHAND = re.compile(r"\[[^\]]*\]|\((?!\?)|(?<=[a-z])(?<!\\[wsdb])\*| \.\.\. | \?| |…|(?<![a-z])n't")


def _written_out(shorthand: re.Match[str]) -> str:
    mark = shorthand.group()
    meanings = {
        "(": "(?:",
        "*": r"\w*",
        " ... ": r"(?:'(?:s|ve|re|d))?" + _BLANK + _GAP_EN,
        " ?": r"[\s,/-]*",
        " ": _BLANK,
        "…": _GAP_ZH,
    }
    return meanings.get(mark, r"\w*n't" if mark == "n't" else mark)


def compile_phrase(phrase: str) -> str:
    """The regular expression of one phrase of the rule files."""
    pattern = _SHORTHAND.sub(_written_out, phrase)
    return pattern if CHINESE.search(phrase) else rf"(?<!\w)(?:{pattern})(?!\w)"


def required_words(phrase: str) -> frozenset[str]:
    """Literals one of which must stand in any text the phrase matches; empty when none can be told.

    A substring test on these spares most regular expressions, which keeps a message under 5 ms.
    """
    choices = _split_choices(phrase)
    if len(choices) > 1:
        found = [required_words(choice) for choice in choices]
        return frozenset().union(*found) if all(found) else frozenset()
    best: frozenset[str] = frozenset()
    for part in _mandatory_parts(phrase):
        words = required_words(part[1:]) if part.startswith("(") else frozenset({_longest_literal(part)})
        if words and all(words) and (not best or min(map(len, words)) > min(map(len, best))):
            best = words
    return best


def _split_choices(phrase: str) -> list[str]:
    depth, start, choices = 0, 0, []
    for place, character in enumerate(phrase):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            choices.append(phrase[start:place])
            start = place + 1
    return [*choices, phrase[start:]]


def _mandatory_parts(phrase: str) -> Iterator[str]:
    """Stretches outside groups, and the insides of groups that must match, these behind a ``(``."""
    depth, start = 0, 0
    for place, character in enumerate(phrase):
        if character == "(":
            if depth == 0:
                yield phrase[start:place]
                start = place
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                inside = re.sub(r"^\?(?:P<n>|:)", "", phrase[start + 1 : place])
                if phrase[place + 1 : place + 2] not in {"?", "{", "*"} and not inside.startswith("?"):
                    yield "(" + inside
                start = place + 1
    yield phrase[start:]


def _longest_literal(part: str) -> str:
    certain = re.sub(r"\\.|\[[^\]]*\](?:\{[^}]*\}|[?+*])*|[^ ]\?|[^ ]\{[^}]*\}|(?<=\\w)\*", " ", part)
    return max(re.findall(r"[a-z']+|[\u4e00-\u9fff]+", certain), key=len, default="")


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """Compiled when first needed: most phrases are never met, and compiling all of them takes seconds."""
    return re.compile(expression)


@dataclass(frozen=True)
class Phrase:
    expression: str
    required: frozenset[str]
    least: float | None = None
    most: float | None = None

    def find(self, text: str, words: frozenset[str] | None = None) -> Iterator[re.Match[str]]:
        """Matches in ``text``; ``words``, the literals known to stand in it, spares the search of phrases that need others."""
        if self.required and (
            self.required.isdisjoint(words)
            if words is not None
            else not any(w in text for w in self.required)
        ):
            return
        for match in compiled(self.expression).finditer(text):
            if self.least is None and self.most is None:
                yield match
                continue
            number = float(match.group("n"))
            if (self.least is None or number >= self.least) and (self.most is None or number <= self.most):
                yield match


def _phrases(rows: Iterable[Any]) -> tuple[Phrase, ...]:
    made = []
    for row in rows:
        phrase, least, most = (
            (row, None, None) if isinstance(row, str) else (row["number"], row.get("min"), row.get("max"))
        )
        made.append(Phrase(compile_phrase(phrase), required_words(phrase), least, most))
    return tuple(made)


def phrases_of(row: Mapping[str, Any]) -> tuple[Phrase, ...]:
    """The phrases of one row of a rule file."""
    return _phrases([*_lines(row, "en"), *_lines(row, "zh"), *row.get("number", ())])


def _lines(row: Mapping[str, str], language: str) -> list[str]:
    return [line.strip() for line in row.get(language, "").splitlines() if line.strip()]
