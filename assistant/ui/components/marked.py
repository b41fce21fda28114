"""Small pieces of markup of our own, every value escaped. The only module that joins text and tags."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st


def chip(text: str, tone: str = "", *, longest: int = 200) -> str:
    """The whole text stays in the tooltip where it is cut."""
    shown = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    title = f' title="{escape(text)}"' if shown != text else ""
    return f'<span class="chip {escape(tone)}"{title}>{escape(shown)}</span>'


def draw(markup: str, *, extra: str = "") -> None:
    """Writes markup made by this module's functions and ``escape`` alone."""
    st.html(f'<div class="bd {escape(extra)}">{markup}</div>')


def heading(text: str, sub: str = "") -> None:
    draw(f"<h1>{escape(text)}</h1>" + (f'<div class="soft">{escape(sub)}</div>' if sub else ""))


def caption(text: str) -> None:
    draw(f'<div class="cap">{escape(text)}</div>')


def box(text: str, tone: str, title: str = "") -> None:
    strong = f"<strong>{escape(title)}</strong> " if title else ""
    draw(f'<div class="box {escape(tone)}" role="status">{strong}{escape(text)}</div>')


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Cells are plain text."""
    top = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
