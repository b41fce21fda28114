"""Who may write to a store's directory: the one process that holds its lock. Others read."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from knowledge.errors import StoreInUse


class Owner:
    """The lock of one directory, taken when first needed and held until released."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._guard = threading.RLock()
        self._lock: Any = None

    def claim(self) -> None:
        """Raises StoreInUse where another process holds the directory."""
        if not self.try_to_claim():
            raise StoreInUse(
                f"Another process has the guideline store {self._directory} open for writing. Close it (or use its page), then try again."
            )

    def try_to_claim(self) -> bool:
        from filelock import FileLock, Timeout

        with self._guard:
            if self._lock is not None:
                return True
            lock = FileLock(self._directory / "owner.lock", timeout=0, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                return False
            self._lock = lock
            return True

    def release(self) -> None:
        with self._guard:
            if self._lock is not None:
                self._lock.release()
                self._lock = None
