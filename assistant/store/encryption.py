"""Encryption at rest: what a column holds is sealed before the database sees it, and opened after.

Two layers of keys. The master key stays outside the database, in the environment or a file; it wraps a data key that lies
in the database, wrapped. So a wrong master key is known at once, and a rotation is one transaction. Text and bytes are
sealed with AES-256-GCM, bound to their column so that a value cannot be moved to another; what must be found by equality
is sealed with AES-SIV (RFC 5297), which gives equal values equal seals. AES-GCM nonces are random: one data key is good
for 2**32 values (NIST SP 800-38D, 8.3); rotate long before.

Owns keys, seals and the column types that apply them. Refuses to know tables, files of the database and who asks.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from assistant.errors import ConfigurationError, StorageFailed

_TEXT = "s1"
_NONCE_BYTES = 12
_ALTERED = (
    "A stored value is not what Bedside sealed: it was changed in storage or sealed with another key. "
    "Restore it from a backup."
)


class WrongKey(ConfigurationError):
    """The database was sealed with a key that is not at hand."""


def new_key() -> str:
    """A fresh master key as text: 32 random bytes, URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _derive(key: bytes, purpose: str, length: int = 32) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=f"bedside {purpose} v1".encode()).derive(key)


class MasterKeys:
    """Master keys, the current one first; older ones open what was sealed before the last rotation."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = {_derive(key, "id", 8).hex(): key for key in keys}
        self.current_id = next(iter(self._keys))

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def derived(self, key_id: str, purpose: str) -> bytes:
        """A key for ``purpose`` alone. Raises KeyError where the master key is not at hand."""
        return _derive(self._keys[key_id], purpose)

    def wrap(self, data_key_id: str, data_key: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.derived(self.current_id, "wrap")).encrypt(nonce, data_key, data_key_id.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def unwrap(self, master_id: str, data_key_id: str, wrapped: str) -> bytes:
        """Raises StorageFailed where the wrapped key was altered."""
        try:
            raw = base64.urlsafe_b64decode(wrapped)
            gcm = AESGCM(self.derived(master_id, "wrap"))
            return gcm.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], data_key_id.encode())
        except (InvalidTag, ValueError) as fault:
            raise StorageFailed("The database's own key is damaged. Restore the last backup.") from fault


@dataclass(frozen=True)
class KeySource:
    """Where the master keys come from: ``value`` (one or more, separated by spaces or commas), else ``file`` (one a line)."""

    value: str = ""
    file: Path | None = None

    @property
    def named(self) -> str:
        return "BEDSIDE_KEY" if self.value or self.file is None else str(self.file)

    def load(self) -> MasterKeys | None:
        """The keys; None where the file is not there yet. Raises ConfigurationError where they are not keys."""
        if self.value:
            return MasterKeys(self._parse(self.value))
        if self.file is None:
            raise ConfigurationError("There is no key: set BEDSIDE_KEY or BEDSIDE_KEY_FILE.")
        try:
            text = self.file.read_text("ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as fault:
            raise ConfigurationError(
                f"The key file {self.file} cannot be read ({type(fault).__name__}). Mend its owner and mode, or name another."
            ) from fault
        return MasterKeys(self._parse(text))

    def load_or_make(self) -> MasterKeys:
        """The keys; a first one is made where the file is not there. Only for a database that nothing is sealed in yet."""
        found = self.load()
        if found is None:
            self._write([new_key()])
            found = self.load()
        assert found is not None
        return found

    def add(self) -> MasterKeys:
        """Puts a fresh key before the others in the file. Raises ConfigurationError where the keys are in no file of ours."""
        if self.value or self.file is None:
            raise ConfigurationError(
                "BEDSIDE_KEY comes from the environment: put a new key before the old one there, and rotate with --keep-master."
            )
        self.load()
        lines = [line for line in self.file.read_text("ascii").splitlines() if line.strip()]
        self._write([new_key(), *lines])
        return self.load_or_make()

    def _write(self, lines: list[str]) -> None:
        assert self.file is not None
        draft = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with open(handle, "w", encoding="ascii") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
            if len(lines) > 1:
                os.replace(draft, self.file)
            else:
                # Two first starts at once: the file that is there first stays, or the other's database could not be opened.
                with suppress(FileExistsError):
                    os.link(draft, self.file)
                os.unlink(draft)
            folder = os.open(self.file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as fault:
            raise ConfigurationError(
                f"The key file {self.file} cannot be written ({fault.strerror}). Set BEDSIDE_KEY_FILE to one that can."
            ) from fault

    def _parse(self, text: str) -> list[bytes]:
        keys = []
        for part in re.split(r"[\s,]+", text.strip()):
            try:
                key = base64.b64decode(part, altchars=b"-_", validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if len(key) != 32:
                # The part itself is never said: it may be a key with one letter wrong.
                raise ConfigurationError(
                    f"{self.named} holds something that is no key: expected 32 bytes in URL-safe base64 (44 characters). "
                    "Make one with `python -m assistant keys new`."
                )
            keys.append(key)
        return keys


class Sealer:
    """Seals and opens with one data key."""

    def __init__(self, key_id: str, data_key: bytes) -> None:
        self.key_id = key_id
        self._gcm = AESGCM(_derive(data_key, "values"))
        self._siv = AESSIV(_derive(data_key, "equality", 64))

    def seal(self, label: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._gcm.encrypt(nonce, plain, label.encode())

    def open(self, label: str, sealed: bytes) -> bytes:
        return self._gcm.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], label.encode())

    def seal_equal(self, label: str, plain: bytes) -> bytes:
        return self._siv.encrypt(plain, [label.encode()])

    def open_equal(self, label: str, sealed: bytes) -> bytes:
        return self._siv.decrypt(sealed, [label.encode()])


@dataclass(frozen=True)
class WrappedKey:
    """A data key as the database holds it."""

    id: str
    master_id: str
    wrapped: str


class DataKeys:
    """The data keys of one open database. Shared by its threads; ``hold`` is called at the start of each transaction."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._sealers: dict[str, Sealer] = {}
        self._active: Sealer | None = None

    def make(self, master: MasterKeys) -> WrappedKey:
        """A fresh data key, not yet active."""
        key, key_id = secrets.token_bytes(32), secrets.token_hex(4)
        self._sealers[key_id] = Sealer(key_id, key)
        return WrappedKey(key_id, master.current_id, master.wrap(key_id, key))

    def activate(self, key_id: str) -> None:
        self._active = self._sealers[key_id]

    def hold(self, kept: Iterable[WrappedKey]) -> None:
        """Make the database's key the active one.

        Raises:
            WrongKey: it was wrapped with a master key that is not at hand.
        """
        for key in kept:
            if key.id not in self._sealers:
                self._sealers[key.id] = Sealer(key.id, self._unwrapped(key))
            self.activate(key.id)

    def _unwrapped(self, key: WrappedKey) -> bytes:
        master = self._source.load()
        if master is None:
            raise WrongKey(
                f"The key file {self._source.named} is not there, and this database is sealed with the key {key.master_id}. "
                "Put that key back, or name its file in BEDSIDE_KEY_FILE. Nothing was changed."
            )
        if key.master_id not in master:
            raise WrongKey(
                f"{self._source.named} is not this database's key: it is sealed with the key {key.master_id}, and what was "
                f"given is {', '.join(master.ids)}. Set BEDSIDE_KEY or BEDSIDE_KEY_FILE to the right one. Nothing was changed."
            )
        return master.unwrap(key.master_id, key.id, key.wrapped)

    @property
    def active(self) -> Sealer:
        if self._active is None:
            raise StorageFailed("The database is not open: its key is not known yet.")
        return self._active

    def seal_text(self, label: str, plain: str) -> str:
        sealed = self.active.seal(label, plain.encode("utf-8"))
        return f"{_TEXT}.{self.active.key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open_text(self, label: str, stored: str) -> str:
        mark, key_id, body = ([*stored.split(".", 2), "", ""])[:3]
        try:
            if mark != _TEXT:
                raise ValueError(mark)
            return self._sealers[key_id].open(label, base64.urlsafe_b64decode(body)).decode("utf-8")
        except (InvalidTag, KeyError, ValueError) as fault:
            raise StorageFailed(_ALTERED) from fault

    def seal_bytes(self, label: str, plain: bytes) -> bytes:
        return f"{_TEXT}.{self.active.key_id}.".encode() + self.active.seal(label, plain)

    def open_bytes(self, label: str, stored: bytes) -> bytes:
        mark, _, rest = stored.partition(b".")
        key_id, _, body = rest.partition(b".")
        try:
            if mark != _TEXT.encode():
                raise ValueError(mark)
            return self._sealers[key_id.decode("ascii")].open(label, body)
        except (InvalidTag, KeyError, ValueError) as fault:
            raise StorageFailed(_ALTERED) from fault

    def seal_equal(self, label: str, plain: bytes) -> str:
        return base64.urlsafe_b64encode(self.active.seal_equal(label, plain)).decode()

    def open_equal(self, label: str, stored: str) -> bytes:
        try:
            raw = base64.urlsafe_b64decode(stored)
        except ValueError as fault:
            raise StorageFailed(_ALTERED) from fault
        # No room for a key's id in a column of 64; after a rotation the first one fits.
        for sealer in (self.active, *self._sealers.values()):
            try:
                return sealer.open_equal(label, raw)
            except (InvalidTag, ValueError):
                continue
        raise StorageFailed(_ALTERED)


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
