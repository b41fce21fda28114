"""Column types whose values are sealed before the database sees them and opened after.

Equality can be asked of a hash or a name alone. The engine's dialect brings the keys.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Dialect, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from assistant.errors import StorageFailed
from assistant.store.encryption import DataKeys


def _keys_of(dialect: Dialect) -> DataKeys:
    """Each engine has a dialect of its own, and ``database`` leaves the keys on it."""
    keys = getattr(dialect, "bedside_keys", None)
    if not isinstance(keys, DataKeys):
        raise StorageFailed("The database was opened without its keys.")
    return keys


class SealedText(TypeDecorator[str]):
    """Text that only its key opens.

    Args:
        label: ``table.column``; part of the seal.
        was: the length that the first schema declared. SQLite holds no text to its length, so the column stays as it was there.
    """

    impl = Text
    cache_ok = True

    def __init__(self, label: str, was: int | None = None) -> None:
        super().__init__()
        self.label = label
        self.was = was

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(self.was) if self.was is not None and dialect.name == "sqlite" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keys_of(dialect).seal_text(self.label, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keys_of(dialect).open_text(self.label, value)


class SealedBytes(TypeDecorator[bytes]):
    impl = LargeBinary
    cache_ok = True

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keys_of(dialect).seal_bytes(self.label, value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keys_of(dialect).open_bytes(self.label, bytes(value))


class SealedHash(TypeDecorator[str]):
    """A SHA-256 in hex that can be looked up by equality. Sealed: 32 bytes and a tag of 16 are 64 characters of base64.

    A hash without a key lets whoever holds the file ask "is it this text?".
    """

    impl = String
    cache_ok = True

    def __init__(self, label: str) -> None:
        super().__init__(64)
        self.label = label

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            return value  # equal to no hash, and never opened
        return _keys_of(dialect).seal_equal(self.label, bytes.fromhex(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keys_of(dialect).open_equal(self.label, value).hex()


class SealedName(TypeDecorator[str]):
    """A short text that must be found by equality and be unique."""

    impl = Text
    cache_ok = True

    def __init__(self, label: str, was: int) -> None:
        super().__init__()
        self.label = label
        self.was = was

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(self.was) if dialect.name == "sqlite" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keys_of(dialect).seal_equal(self.label, value.encode("utf-8"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keys_of(dialect).open_equal(self.label, value).decode("utf-8")
