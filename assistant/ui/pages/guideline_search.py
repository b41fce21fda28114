"""Searching the guidelines: filters, what was found, what differs, and what is not answered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from assistant.ui import state
from assistant.ui.components import scope
from assistant.ui.components.marked import box, chip, draw
from assistant.ui.pages import reading
from knowledge.filters import year_of
from knowledge.open import Library
from knowledge.types import Difference, Guideline, Passage, SearchResult

MAX_HITS = 12
SNIPPET_CHARS = 420
POPULATIONS = ("adults", "children", "older people", "pregnancy", "newborn")
GRADES = ("strong", "weak", "against")


def search(library: Library) -> None:
    guidelines = library.documents()
    query = st.text_input(
        state.t("search_guidelines"), key="guideline_query", placeholder=state.t("search_placeholder")
    )
    filters = _filters(guidelines)
    if not query.strip():
        draw(f'<p class="soft">{escape(state.t("search_hint", n=len(guidelines)))}</p>')
        return
    result = library.search(query, MAX_HITS, **filters)
    titles = {g.doc_id: g.title for g in guidelines}
    if not result.passages:
        draw(f'<p class="soft">{escape(state.t("nothing_found"))}</p>')
    elif result.abstained:
        nearest = dict.fromkeys(hit.passage.title for hit in result.passages)
        box(state.t("nothing_answers"), "amber")
        draw(f"<h3>{escape(state.t('nearest'))}</h3>" + "".join(chip(title) for title in list(nearest)[:6]))
    else:
        _differences(result, guidelines)
    for number, hit in enumerate(result.passages):
        with st.container(key=f"card-hit-{number}"):
            _hit(hit.passage, number, result, titles)


def _filters(guidelines: Sequence[Guideline]) -> dict[str, Any]:
    """Keywords of ``Library.search``; what is not chosen is no filter."""
    counted = state.kept().get("guideline_filters", 0)
    label = state.t("filters") + (f" · {counted}" if counted else "")
    with st.expander(label, icon=":material/tune:", key="guideline-filters"):
        one, two, three = st.columns(3)
        with one:
            found: dict[str, Any] = {"language": _language(guidelines), **_years(guidelines)}
        with two:
            found["publishers"] = _several(
                "publisher", sorted({g.publisher for g in guidelines if g.publisher})
            )
            found["topics"] = _several("topic", sorted({topic for g in guidelines for topic in g.topics}))
        with three:
            people = {p: state.t("people_" + p.replace(" ", "_")) for p in POPULATIONS}
            found["populations"] = _several("population", POPULATIONS, people)
            found["grades"] = _several("grade", GRADES, {g: state.t("grade_" + g) for g in GRADES})
        with one:
            found["collections"] = _collections(guidelines)
    found = {name: value for name, value in found.items() if value}
    if len(found) != counted:
        state.kept()["guideline_filters"] = len(found)
        st.rerun()
    return found


def _language(guidelines: Sequence[Guideline]) -> str:
    names = {"": state.t("any"), "en": "English", "zh": "中文"}
    return st.selectbox(
        state.t("language"),
        ["", *sorted({g.language for g in guidelines})],
        format_func=lambda c: names.get(c, c),
        key="guideline_language",
    )


def _years(guidelines: Sequence[Guideline]) -> dict[str, int | None]:
    """From and to, each only where it leaves something out."""
    years = sorted({year for g in guidelines if (year := year_of(g.published))}) or [2000, 2026]
    first, last = years[0], years[-1]
    span = (first, last)
    if first < last:
        span = st.slider(state.t("published_years"), first, last, span, key="guideline_years")
    return {
        "year_from": span[0] if span[0] > first else None,
        "year_to": span[1] if span[1] < last else None,
    }


def _several(name: str, values: Sequence[str], called: Mapping[str, str] | None = None) -> list[str]:
    """A choice of several of the ``values``; the text and the key of the widget are after ``name``."""
    return st.multiselect(
        state.t(name),
        values,
        placeholder=state.t("any"),
        format_func=lambda value: called[value] if called else value,
        key=f"guideline_{name}",
    )


def _collections(guidelines: Sequence[Guideline]) -> list[str]:
    called = scope.names(guidelines)
    return st.multiselect(
        state.t("collections"),
        list(called),
        default=[c for c in scope.asked() if c in called],
        format_func=lambda c: called[c],
        placeholder=state.t("all_collections"),
        key="guideline_collections",
    )


def _differences(result: SearchResult, guidelines: Sequence[Guideline]) -> None:
    """Both sides of each difference, newer first, in their own words."""
    passages = {hit.passage.passage_id: hit.passage for hit in result.passages}
    texts = {g.doc_id: g.text for g in guidelines}
    for number, difference in enumerate(result.differences):
        sides = (
            ("newer", difference.newer, difference.newer_at),
            ("older", difference.older, difference.older_at),
        )
        dated = _year(passages[difference.newer]) != _year(passages[difference.older])
        with st.container(key=f"differ-{number}"):
            draw(f"<h3>{escape(state.t('they_differ'))}</h3><p>{escape(_reason(difference))}</p>")
            for side, passage_id, at in sides:
                p = passages[passage_id]
                words, read = st.columns([5, 1], vertical_alignment="center")
                line = texts.get(p.doc_id, "")[slice(*at)]
                with words:
                    draw(
                        f"{chip(state.t(side), 'amber' if side == 'older' else 'ok') if dated else ''}"
                        f"<strong>{escape(_by(p))}</strong>"
                        f"<p>“{escape(line)}”</p>"
                    )
                if read.button(state.t("read"), key=f"differ-{number}-{side}", width="stretch"):
                    reading.open_at(p.doc_id, *at)
                    st.rerun()


def _reason(difference: Difference) -> str:
    return difference.reason_zh if state.language() == "zh" else difference.reason


def _by(p: Passage) -> str:
    year = _year(p)
    return ", ".join(part for part in (p.publisher or p.title, str(year or "")) if part)


def _year(p: Passage) -> int | None:
    return year_of(p.published) or year_of(p.edition)


def _hit(p: Passage, number: int, result: SearchResult, titles: Mapping[str, str]) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    edition = "" if p.published.startswith(p.edition) else p.edition
    facts = [p.publisher, edition, p.published if p.published not in edition else ""]
    chips = [chip(text, longest=70) for text in facts if text]
    if p.grade:
        chips.append(chip(p.grade, "ok"))
    if p.superseded_by:
        chips.append(chip(state.t("superseded", by=titles.get(p.superseded_by, p.superseded_by)), "amber"))
    others = {hit.passage.passage_id: hit.passage for hit in result.passages}
    for row in result.differs_from(p.passage_id):
        chips.append(chip(state.t("differs_from", other=_by(others[row["passage_id"]])), "amber"))
    where = p.section.replace(" > ", " › ") + (f" · {state.t('page_short', n=p.page)}" if p.page else "")
    text = re.sub(r"^- ", "• ", p.text.strip(), flags=re.MULTILINE)
    snippet = text if len(text) <= SNIPPET_CHARS else text[:SNIPPET_CHARS].rsplit(" ", 1)[0] + " …"
    with left:
        draw(
            f'<h2>{escape(p.title)}</h2>{"".join(chips)}<div class="soft">{escape(where)}</div>'
            f'<p class="lines">{escape(snippet)}</p>'
        )
    if right.button(
        state.t("read"), key=f"read-hit-{number}", width="stretch", help=state.t("read_at_place")
    ):
        reading.open_at(p.doc_id, p.start, p.end)
        st.rerun()
