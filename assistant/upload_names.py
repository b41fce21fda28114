"""Names of uploaded files: a random one on our disk, a harmless one to show. Refuses to know what files hold."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

UPLOADS = ("pdf", "html", "htm", "md", "docx", "txt", "jsonl")
"""Endings of guideline files that are taken; what a file is, its content says."""
LONGEST_STEM_CHARS = 80


def stored_name(given: str) -> str:
    """A random name: nothing that a browser says of a file names it on our disk."""
    return f"{secrets.token_hex(16)}.{_ending(given)}"


def shown_name(given: str) -> str:
    """The file's own name, from which title and id are made: word characters of its stem, an ending that is read."""
    name = Path(given.replace("\\", "/")).name
    stem = re.sub(r"[^\w\u4e00-\u9fff -]+", "-", Path(name).stem)[:LONGEST_STEM_CHARS].strip("-. ")
    return f"{stem or 'guideline'}.{_ending(given)}"


def _ending(given: str) -> str:
    ending = Path(given).suffix.casefold().lstrip(".")
    return ending if ending in UPLOADS else "txt"
