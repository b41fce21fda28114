"""Conditions that the patient does not have: denied symptoms, excluded differentials, a relative's disease.

Owns the words of denial and exclusion. Refuses to know the diagnoses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import Assertion, Condition, DiagnosisRole
from assistant.records.assertion import assertion_of
from assistant.records.disease_words import disease
from assistant.records.sections import Segment
from assistant.records.text_spans import Span, inside

_RULED = re.compile(
    r"(?i)(?P<a>[A-Za-z][\w' /-]{1,50}?)\s*(?:\([^)]*\)\s*)?(?:was |were |is |been |has been |now |- |— |—— )*(?:excluded|ruled out|r/o'd|not supported)\b"
    r"|\b(?:excluded|ruled out|rules out|excludes)\s+(?:for\s+)?(?P<b>[A-Za-z][\w' -]{1,40})"
    r"|(?:排除|除外)(?P<c>[一-鿿A-Za-z]{2,16})|(?P<e>[一-鿿A-Za-z]{2,14})(?:——?|:|：)[^。;；]{0,40}(?:排除|除外|不支持|不考虑)|(?P<d>[一-鿿A-Za-z]{2,14}?)(?:已|可|均|基本)?(?:排除|除外|不支持|不考虑)"
)


_RULED_WORD = re.compile(r"(?i)exclu|not supported|ruled|rules out|r/o'd|排除|除外|不支持|不考虑")


def excluded_conditions(
    segments: Sequence[Segment], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[Condition]:
    out = []
    for segment in segments:
        if segment.section in {"family_history", "instructions", "home_medications"}:
            continue
        for sentence in segment.statements:
            if inside(struck, sentence.start) or re.search(
                r"(?i)(?:not|cannot|can't) (?:be )?(?:excluded|ruled out)|不能排除|不除外|待排除|待除外",
                sentence.text,
            ):
                continue
            if not _RULED_WORD.search(sentence.text):
                continue
            for match in _RULED.finditer(sentence.text):
                group = next(k for k, v in match.groupdict().items() if v)
                start, end = match.span(group)
                if group == "a":
                    tail = re.split(r"(?i)\b(?:with|and so|so|as|but|patent|on|-)\s", match[group])[-1]
                    start = end - len(tail)
                name = sentence.sub(start, end)
                name = name.sub(len(name.text) - len(name.text.lstrip("- ")), len(name.text))
                if disease().search(name.text) and len(name.text) <= 60:
                    out.append(
                        Condition(
                            name.text, Assertion.RULED_OUT, DiagnosisRole.SECONDARY, name.place(document_id)
                        )
                    )
    return out


_DENIAL = re.compile(
    r"(?i)\b(?:denies|denied|no|nil|without)\s+(?P<list>[^.;:\n()]{2,120})|(?:否认|无|未诉|不伴)(?P<zh>[^。;；\n()（）]{2,60})"
)


def denied(
    segments: Sequence[Segment], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[Condition]:
    """Symptoms the patient is said not to have, in the history, review of systems and progress."""
    out = []
    for segment in segments:
        if segment.section not in {
            "chief_complaint",
            "history_of_present_illness",
            "review_of_systems",
            "admission",
            "condition_at_discharge",
            "examination",
        }:
            continue
        for sentence in segment.sentences:
            if inside(struck, sentence.start):
                continue
            for match in disease().finditer(sentence.text):
                if assertion_of(sentence.text, match.start(), match.end()) is Assertion.NEGATED:
                    word = sentence.sub(match.start(), match.end())
                    word = _with_site(sentence, word)
                    text = re.sub(r"^(?:否认|无|未诉|不伴|未见)", "", word.text)
                    word = word.sub(len(word.text) - len(text), len(word.text))
                    if len(word.text) >= 2:
                        out.append(
                            Condition(
                                word.text, Assertion.NEGATED, DiagnosisRole.SECONDARY, word.place(document_id)
                            )
                        )
    return out


def _with_site(sentence: Span, word: Span) -> Span:
    """``chest pain`` for ``pain``: the adjective belongs to the symptom."""
    before = sentence.text[: word.start - sentence.start]
    site = re.search(
        r"(?i)\b(?!no\b|denies\b|denied\b|any\b|or\b|and\b|of\b|the\b|nil\b|without\b|new\b)[a-z]{4,12}\s$",
        before,
    )
    return (
        Span(word.start - len(site.group()), word.end, site.group() + word.text)
        if site and word.text.isascii()
        else word
    )


def of_family(segments: Sequence[Segment], document_id: str) -> list[Condition]:
    out = []
    for segment in segments:
        if segment.section != "family_history":
            continue
        for sentence in segment.statements:
            if re.search(
                r"(?i)\b(?:pt'?s? own|patient'?s? own|nil|none|non-?contributory|unremarkable)\b|无特殊|否认",
                sentence.text,
            ):
                continue
            name = sentence.sub(0, len(sentence.text))
            if disease().search(name.text):
                out.append(
                    Condition(name.text, Assertion.FAMILY, DiagnosisRole.SECONDARY, name.place(document_id))
                )
    return out
