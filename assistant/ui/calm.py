"""The edge of the page: a failure becomes one calm line, and the log gets its kind, never its text.

Owns what a reader sees of an error, in whole runs and in parts that are drawn again by themselves.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from assistant.errors import BedsideError
from assistant.store import SessionEnded
from assistant.ui import state
from assistant.ui.components.marked import box
from knowledge.errors import KnowledgeError

log = logging.getLogger(__name__)


@contextmanager
def calmly() -> Iterator[None]:
    try:
        yield
    except SessionEnded as ended:
        state.forget(str(ended))
        st.rerun()
    except (BedsideError, KnowledgeError) as error:
        box(str(error), "amber")
    except Exception as error:  # noqa: BLE001 - the page's edge
        at = error.__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        where = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at is not None else "nowhere"
        log.error("page failed: %s at %s", type(error).__name__, where)
        box(state.t("unexpected"), "amber")


def part(body: Callable[..., None], *, every_s: float | None = None) -> Callable[..., None]:
    """``body`` as a part of the page that is drawn again alone, by what is done in it and every ``every_s`` seconds."""

    @functools.wraps(body)
    def guarded(*values: Any) -> None:
        with calmly():
            body(*values)

    return st.fragment(guarded, run_every=every_s)


def again() -> None:
    """Draws this part once more; the whole page where the part is not running alone."""
    state.touch()
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()
