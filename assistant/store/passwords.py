"""What makes a password acceptable, and how it is kept.

After NIST SP 800-63B-4 section 3.1.1: length at least 15 for a password used alone, any characters, no composition rules, a
blocklist, Unicode normalised (NFKC). Kept as argon2id. Owns nothing about accounts.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assistant.store.access import WeakPassword

MIN_CHARS = 15
MAX_CHARS = 256
_UNAMBIGUOUS = "abcdefghjkmnpqrstuvwxyz23456789"
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_COMMON = frozenset(
    """
    password passw0rd p@ssw0rd passwort motdepasse contraseña qwerty qwertz azerty letmein welcome admin administrator
    root user login guest test testing default changeme change secret master superman batman dragon monkey football
    baseball iloveyou sunshine princess shadow trustno1 abc abc123 hello whatever starwars summer winter spring autumn
    january february march april may june july august september october november december monday friday doctor nurse
    clinician hospital ward patient medicine medical health clinic bedside the and my is a of this your for please new
    correct horse battery staple correcthorsebatterystaple woaini mima yisheng hushi yiyuan
    """.split()
)


class Passwords:
    """Checks, hashes and compares. ``verify`` costs the same whether there is a hash to compare with or not.

    An account that signs in by an identity provider keeps an empty hash, which no password matches.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def verify(self, password: str, stored: str | None) -> bool:
        try:
            matched = self._hasher.verify(stored or self._nobody, _normal(password)[: MAX_CHARS * 4])
        except (VerificationError, InvalidHashError):
            return False
        return matched and bool(stored)

    def outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)


def check_password(password: str, *, username: str, name: str = "") -> None:
    """Raise WeakPassword, saying what to change, where the password is short or easily guessed."""
    plain = _normal(password)
    if len(plain) < MIN_CHARS:
        raise WeakPassword(
            f"The password has {len(plain)} characters; choose at least {MIN_CHARS}. A sentence is fine."
        )
    if len(plain) > MAX_CHARS:
        raise WeakPassword(f"The password has {len(plain)} characters; at most {MAX_CHARS} are kept.")
    folded = plain.casefold()
    if len(set(folded)) < 5 or len(_period(folded)) <= len(folded) // 2 or _is_run(folded):
        raise WeakPassword(
            "The password repeats itself or runs along the keyboard; choose words that do not."
        )
    own = {username.casefold(), *name.casefold().split()}
    words = "".join(c if c.isalpha() else " " for c in folded).split()
    if not _unfamiliar(folded, words, own):
        raise WeakPassword(
            "The password is made of your name and common passwords alone; add something only you know."
        )


def first_password(random: Callable[[int], bytes]) -> str:
    """Twenty characters that cannot be mistaken for each other, in groups, about 99 bits."""
    characters: list[str] = []
    while len(characters) < 20:
        # Bytes at or over the largest multiple of 31 are dropped, so that every character is equally likely.
        characters += [_UNAMBIGUOUS[b % 31] for b in random(32) if b < 248]
    return "-".join("".join(characters[i : i + 5]) for i in range(0, 20, 5))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _period(text: str) -> str:
    """The shortest text that gives ``text`` when written again and again."""
    for length in range(1, len(text)):
        if (text[:length] * (len(text) // length + 1))[: len(text)] == text:
            return text[:length]
    return text


def _is_run(text: str) -> bool:
    return any(text in row * 4 or text in row[::-1] * 4 for row in _RUNS)


def _unfamiliar(folded: str, words: list[str], own: set[str]) -> bool:
    """Whether at least 4 characters are left once common words, one's own name and trailing figures are taken away."""
    known = _COMMON | {word for word in own if len(word) >= 3}
    left = "".join(word for word in words if word not in known)
    for word in sorted((w for w in known if len(w) >= 4), key=len, reverse=True):
        left = left.replace(word, "")
    digits = "".join(c for c in folded if c.isdigit())
    return len(left) >= 4 or (len(digits) >= 12 and not _is_run(digits)) or any(ord(c) > 0x2E80 for c in left)
