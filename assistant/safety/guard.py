"""What may enter and what may be drawn: limits on a message, and dead text for what a model or guideline wrote.

Owns the border between text and markup. Refuses to know what the text means.
"""

from __future__ import annotations

import html
import re

import nh3

from assistant.errors import BadInput, TooLong

MAX_QUESTION_CHARS = 8_000

_TAG = re.compile(r"<[a-zA-Z/!?][^>]*>?")
_ENTITY = re.compile(r"&(?:#x?[0-9a-fA-F]{1,7}|[a-zA-Z]{2,31});?")
_IMAGE_OR_LINK = re.compile(r"!?\[(?P<label>[^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)?")
_REFERENCE_USE = re.compile(r"!?\[(?P<label>[^\[\]]+)\]\[[^\[\]]*\]")
_REFERENCE = re.compile(r"^[ \t]{0,3}\[[^\]\n]+\]:[^\n]*$", re.MULTILINE)
_SCHEME = re.compile(
    r"\b(?P<scheme>https?|ftp|file|data|javascript|vbscript|blob|wss?|mailto|tel|sms)[ \t\r\n]*:(?=[^\s])(?P<slashes>/{0,3})",
    re.IGNORECASE,
)
_BARE_HOST = re.compile(r"(?<![\w@.])www\.(?=\w)", re.IGNORECASE)
_PROTOCOL_RELATIVE = re.compile(r"(?<![:/\w])//(?=[\w-]+\.[a-z]{2,})", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\u200b\u200c\u200d\u2060\u2061-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069\u180e\U000e0000-\U000e007f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
_MARKDOWN_MARK = re.compile(r"([\\`*_{}\[\]()#+\-!|~>$:<])")
_ROUNDS = 4


def dead_text(text: str) -> str:
    """``text`` with nothing left in it that a browser or Markdown renderer would load, link to or run.

    Labels stay readable; addresses are written so that no renderer links them (``https[:]//``). Markdown emphasis,
    lists and tables live on. Comparison signs before numbers (``<5 mg``) are not markup and stay.
    """
    calm = _CONTROL.sub("", _INVISIBLE.sub("", text))
    for _ in range(_ROUNDS):
        before = calm
        calm = _IMAGE_OR_LINK.sub(lambda m: m["label"], calm)
        calm = _REFERENCE_USE.sub(lambda m: m["label"], calm)
        calm = _REFERENCE.sub("", calm)
        calm = _without_tags(_decoded(calm))
        if calm == before:
            break
    calm = calm.replace("](", "] (").replace("![", "! [")
    calm = _SCHEME.sub(lambda m: f"{m['scheme']}[:]{m['slashes']}", calm)
    calm = _PROTOCOL_RELATIVE.sub("/ /", _BARE_HOST.sub("www[.]", calm))
    return re.sub(r"<(?=[a-zA-Z/!?])", "‹", calm)


def _decoded(text: str) -> str:
    """Entities resolved, so that none can smuggle a tag or a scheme past the rules; ``&`` itself is harmless."""
    return _ENTITY.sub(lambda m: _INVISIBLE.sub("", _CONTROL.sub("", html.unescape(m.group()))), text)


def _without_tags(text: str) -> str:
    if not _TAG.search(text):
        return text
    # nh3 drops the content of script and style; a "<" that opens no tag would swallow what follows, so it steps aside first.
    aside = re.sub(r"<(?![a-zA-Z/!?])", "\ue000", text)
    cleaned = html.unescape(nh3.clean(aside, tags=set(), attributes={}, link_rel=None))
    return cleaned.replace("\ue000", "<")


def escape_markdown(text: str) -> str:
    """``text`` such that Markdown draws each character as it stands: for what the patient or user typed."""
    escaped = _MARKDOWN_MARK.sub(r"\\\1", _CONTROL.sub("", _INVISIBLE.sub("", text)))
    return escaped.replace("&", "&amp;").replace("\\<", "&lt;")


def checked_question(text: str, limit_chars: int = MAX_QUESTION_CHARS) -> str:
    """The message without control characters and outer blanks.

    Raises:
        TooLong: over ``limit_chars`` characters.
        BadInput: nothing readable is left.
    """
    if len(text) > limit_chars:
        raise TooLong(
            f"The message has {len(text):,} characters; at most {limit_chars:,} are read. "
            "Shorten it, or attach the long text as a record or a guideline."
        )
    readable = _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if not _INVISIBLE.sub("", readable).strip():
        raise BadInput("The message is empty; write a question or choose a task.")
    return readable
