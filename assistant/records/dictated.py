"""A summary dictated as one paragraph: which section each of its sentences belongs to.

Owns when a line is such a paragraph and how its sentences open (``sections.yaml``, ``told``). Refuses to split a line that
has labels of its own.
"""

from __future__ import annotations

from assistant.records.labels import Label
from assistant.records.section_names import section_names
from assistant.records.sentences import split_sentences
from assistant.records.text_spans import Span

_MIN_CHARS = 600
_MIN_OPENINGS = 3
_MIN_CHARS_OF_A_LETTER = 80
_KEPT = {
    "history_of_present_illness",
    "family_history",
    "follow_up",
    "instructions",
    "disposition",
    "condition_at_discharge",
}
"""Sections that keep the whole sentence; of a list the opening words are its label."""


def dictated_labels(text: str, *, letter: bool = False) -> list[Label]:
    """One label a sentence; empty for a line that is no dictated summary."""
    if len(text) < (_MIN_CHARS_OF_A_LETTER if letter else _MIN_CHARS):
        return []
    out: list[Label] = []
    for sentence in split_sentences(Span(0, len(text), text)):
        found = next(((key, m) for key, p in section_names().told if (m := p.match(sentence.text))), None)
        key, match = found or ("hospital_course", None)
        end = sentence.start + (match.end() if match and key not in _KEPT else 0)
        out.append(Label(sentence.start, end, key, ""))
    told = {label.key for label in out} - {"hospital_course"}
    return out if len(told) >= (1 if letter else _MIN_OPENINGS) else []
