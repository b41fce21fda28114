"""What a user name is, so that every door folds it the same way."""

from __future__ import annotations

import unicodedata

MAX_CHARS = 64


def folded(username: str) -> str:
    """Case, width and blanks around it make no other name."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def is_username(name: str) -> bool:
    """``name`` is folded: 1 to 64 printable characters without spaces."""
    return 0 < len(name) <= MAX_CHARS and all(not c.isspace() and c.isprintable() for c in name)
