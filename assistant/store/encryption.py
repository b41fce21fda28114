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
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from assistant.errors import StorageFailed
from assistant.store.master_keys import NONCE_BYTES, KeySource, MasterKeys, WrongKey, derive

_TEXT = "s1"
_ALTERED = (
    "A stored value is not what Bedside sealed: it was changed in storage or sealed with another key. "
    "Restore it from a backup."
)


class Sealer:
    """Seals and opens with one data key."""

    def __init__(self, key_id: str, data_key: bytes) -> None:
        self.key_id = key_id
        self._gcm = AESGCM(derive(data_key, "values"))
        self._siv = AESSIV(derive(data_key, "equality", 64))

    def seal(self, label: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._gcm.encrypt(nonce, plain, label.encode())

    def open(self, label: str, sealed: bytes) -> bytes:
        return self._gcm.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())

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
