"""Master keys: where they come from, and how they wrap the data key that lies in the database.

They stay outside the database, in the environment or a file. Refuses to know what is sealed.
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

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from assistant.errors import ConfigurationError, StorageFailed

NONCE_BYTES = 12


class WrongKey(ConfigurationError):
    """The database was sealed with a key that is not at hand."""


def new_key() -> str:
    """A fresh master key as text: 32 random bytes, URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def derive(key: bytes, purpose: str, length: int = 32) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=f"bedside {purpose} v1".encode()).derive(key)


class MasterKeys:
    """Master keys, the current one first; older ones open what was sealed before the last rotation."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = {derive(key, "id", 8).hex(): key for key in keys}
        self.current_id = next(iter(self._keys))

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def derived(self, key_id: str, purpose: str) -> bytes:
        """A key for ``purpose`` alone. Raises KeyError where the master key is not at hand."""
        return derive(self._keys[key_id], purpose)

    def wrap(self, data_key_id: str, data_key: bytes) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.derived(self.current_id, "wrap")).encrypt(nonce, data_key, data_key_id.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def unwrap(self, master_id: str, data_key_id: str, wrapped: str) -> bytes:
        """Raises StorageFailed where the wrapped key was altered."""
        try:
            raw = base64.urlsafe_b64decode(wrapped)
            gcm = AESGCM(self.derived(master_id, "wrap"))
            return gcm.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], data_key_id.encode())
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
