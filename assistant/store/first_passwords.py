"""The file with the first passwords of a fresh machine, until each is changed. Readable by its owner alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import StorageFailed


class FirstPasswords:
    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, accounts: Sequence[tuple[str, str]]) -> None:
        draft = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(
                os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            ) as file:
                file.writelines(f"{username} {password}\n" for username, password in accounts)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.path)
        except OSError as fault:
            raise StorageFailed(
                f"The first passwords cannot be kept in {self.path}: {fault.strerror}."
            ) from fault

    def waiting(self) -> tuple[tuple[str, str], ...]:
        """Names and first passwords that were not changed yet."""
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return ()
        pairs = (line.split(maxsplit=1) for line in lines if line.strip())
        return tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2)

    def forget(self, username: str) -> None:
        left = [pair for pair in self.waiting() if pair[0] != username]
        if left:
            self.keep(left)
        else:
            self.path.unlink(missing_ok=True)
