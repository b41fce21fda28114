"""Evidence as numbered lines of quoted data.

Owns making foreign text harmless to a prompt's structure. Refuses to know what the evidence says: words are kept, and
what the words try to command is the concern of ``assistant.safety``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

HEADINGS = {"en": "Evidence:", "zh": "证据："}

# What the chat formats of ChatML, Llama, Gemma, Phi, Mistral, DeepSeek and others treat as structure.
_SPECIAL = re.compile(
    r"<[|｜][^<>\n]{0,64}?[|｜]>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|</?think>|<(?:bos|eos|pad|unk)>"
    r"|\[/?(?:AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT|TOOL_CONTENT)\]",
    re.IGNORECASE,
)
_LINE_BREAKS = re.compile(r"\s*[\r\n\v\f\x85\u2028\u2029]+\s*")
_LEADING_NUMBER = re.compile(r"^\[(\d+)\]")
_BRACKETS = str.maketrans("<>[]|", "‹›⟦⟧¦")


def evidence_block(items: Sequence[str], language: str) -> str:
    """A heading and one line per item, ``[1] …`` onwards. ``language`` is ``en`` or ``zh``."""
    lines = [HEADINGS[language]]
    lines += [f"[{number}] {as_data(item)}" for number, item in enumerate(items, start=1)]
    return "\n".join(lines)


def as_data(text: str) -> str:
    """One line without control characters, hidden characters, chat-format marks or a citation number of its own.

    Ordinary comparisons such as ``SpO2 <92%`` and ``K > 5.5`` are left as they are.
    """
    line = _LINE_BREAKS.sub(" / ", text.strip())
    # Cc control, Cf hidden (bidi overrides, zero width, tag characters), Co private use, Cs surrogates
    line = "".join(" " if char == "\t" else char for char in line if char == "\t" or not _is_hidden(char))
    line = _SPECIAL.sub(lambda mark: mark.group().translate(_BRACKETS), line)
    return _LEADING_NUMBER.sub(r"(\1)", line)


def neutralised(text: str) -> str:
    """Like ``as_data`` for text that keeps its lines: a question."""
    kept = "".join(char for char in text if char in "\n\t" or not _is_hidden(char))
    return _SPECIAL.sub(lambda mark: mark.group().translate(_BRACKETS), kept)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs")
