"""Collections of guidelines: their names, and the choice of those that are asked.

Owns what a collection is called and where the choice stands (user, conversation). Refuses to search.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from assistant.store import own_uploads
from assistant.ui import state
from knowledge.types import Guideline


def names(guidelines: Sequence[Guideline]) -> dict[str, str]:
    """Collection → what it is called here; those made and still empty included."""
    me = state.signed_in().user_id
    made = {c.id: c.name for c in state.store().collections.all(state.signed_in())}
    found = dict.fromkeys([*(g.collection for g in guidelines), *made])
    called = {"starter": state.t("collection_starter"), "library": state.t("collection_library")}
    called |= {own_uploads(me): state.t("collection_own")} | made
    colleague = state.t("collection_colleague")
    return {c: called.get(c, colleague if c.startswith("upload-") else c) for c in found}


def own() -> dict[str, str]:
    """Collections that the user keeps, with their names; one's own uploads first."""
    actor = state.signed_in()
    made = {c.id: c.name for c in state.store().collections.all(actor) if c.owner_id == actor.user_id}
    return {own_uploads(actor.user_id): state.t("collection_own"), **made}


def asked(conversation: str | None = None) -> tuple[str, ...]:
    """The collections that the conversation asks, else the user's; empty: all. Read once and kept for the session."""
    kept = state.kept().get("scope")
    if kept is None or kept[0] != conversation:
        kept = (conversation, state.store().collections.scope(state.signed_in(), conversation))
        state.kept()["scope"] = kept
    return tuple(kept[1])


def choose(conversation: str | None, *, key: str, help_text: str = "") -> None:
    """The choice itself; kept at once, for the conversation or as the user's own."""
    called = names(state.parts().library.documents())
    now = [c for c in asked(conversation) if c in called]

    def keep() -> None:
        state.touch()
        state.store().collections.set_scope(state.signed_in(), st.session_state[key], conversation)
        state.kept().pop("scope", None)

    st.multiselect(
        state.t("collections"),
        list(called),
        default=now,
        format_func=lambda c: called[c],
        placeholder=state.t("all_collections"),
        help=help_text or None,
        key=key,
        on_change=keep,
    )
