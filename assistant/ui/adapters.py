"""The adapters part of the administration page: each with its figures, one click to use it, one to go back.

Owns how they are drawn. Who may choose and what is refused is the store's and the registry's.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import streamlit as st

from assistant.adapters_in_use import roll_back, use
from assistant.errors import BedsideError
from assistant.models.adapter_registry import BASE_ALONE, AdapterRegistry, Listed
from assistant.ui import state
from assistant.ui.components.marked import box, draw

MEASURES = (
    "sentences_verified",
    "unsupported",
    "invented",
    "omitted_critical",
    "unended",
    "citation_precision",
    "citation_recall",
    "declined_unanswerable",
    "obeyed",
    "harmful_answered",
    "perplexity",
)


def section() -> None:
    settings = state.settings()
    registry = AdapterRegistry(settings.bedside_home)
    draw(f"<h2>{escape(state.t('adapters'))}</h2>")
    for line, tone in state.kept().pop("adapter_lines", []):
        box(line, tone)
    if settings.adapter:
        box(state.t("adapter_by_setting", value=settings.adapter), "amber")
    try:
        current, history = registry.current().name, registry.choices().history
    except BedsideError as error:
        box(str(error), "amber")
        return
    _row(registry, BASE_ALONE, state.t("adapter_base_alone"), state.t("adapter_base_alone_sub"), current)
    for adapter in registry.adapters():
        _adapter(registry, adapter, current)
    if history and st.button(state.t("adapter_back"), key="adapter-back", icon=":material/undo:"):
        _act(lambda: roll_back(registry, state.store(), state.signed_in()))


def _adapter(registry: AdapterRegistry, adapter: Listed, current: str) -> None:
    base = adapter.manifest.base if adapter.manifest else "–"
    state_key = "adapter_refused" if adapter.refusal else "adapter_approved"
    _row(registry, adapter.name, adapter.name, f"{base} · {state.t(state_key)}", current, not adapter.refusal)
    if adapter.refusal:
        draw(f'<div class="soft">{escape(adapter.refusal)}</div>')
    rows = list(_figures(adapter.manifest.figures if adapter.manifest else {}))
    if rows:
        with st.expander(state.t("adapter_figures")):
            heads = "".join(
                f"<th>{escape(state.t(k))}</th>" for k in ("adapter_set", "adapter_measure", "adapter_base")
            )
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
            )
            draw(f"<table><tr>{heads}<th>{escape(adapter.name)}</th></tr>{body}</table>")


def _row(
    registry: AdapterRegistry, name: str, shown: str, about: str, current: str, usable: bool = True
) -> None:
    who, act = st.columns([4, 1], vertical_alignment="center")
    with who:
        draw(f'<strong>{escape(shown)}</strong> <span class="soft">{escape(about)}</span>')
    if name == current:
        with act:
            draw(f'<span class="soft">{escape(state.t("adapter_in_use"))}</span>')
    elif act.button(
        state.t("adapter_use"), key=f"adapter-{name or 'base-alone'}", width="stretch", disabled=not usable
    ):
        _act(lambda: use(registry, state.store(), state.signed_in(), name))


def _act(change: Any) -> None:
    try:
        change()
        line = (state.t("adapter_changed"), "ok")
    except BedsideError as error:
        line = (str(error), "amber")
    state.kept()["adapter_lines"] = [line]
    st.rerun()


def _figures(figures: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Set, measure, base, adapter, of what was measured; a manifest of another shape shows nothing."""
    measured = figures.get("evaluation")
    if not isinstance(measured, dict):
        return
    base, adapter = measured.get("base"), measured.get("adapter")
    if not isinstance(base, dict) or not isinstance(adapter, dict):
        return
    for name, group in adapter.items():
        for measure in MEASURES:
            if isinstance(group, dict) and measure in group:
                before = base.get(name, {}).get(measure, state.t("adapter_not_measured"))
                yield (
                    str(name),
                    state.t(f"measure_{measure}"),
                    _number(before),
                    _number(group[measure]),
                )


def _number(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
