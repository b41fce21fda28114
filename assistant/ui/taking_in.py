"""Files on their way into the library, in a thread: leaving the page or pressing another button stops nothing.

Owns the thread and what the page shows of it. Refuses to know who may add what (``assistant.shelf``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from assistant.errors import BedsideError
from assistant.shelf import Progress
from knowledge.errors import KnowledgeError
from knowledge.types import IngestReport

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Where:
    done: int = 0
    total: int = 0
    name: str = ""

    @property
    def share(self) -> float:
        """0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class TakingIn:
    def __init__(self, work: Callable[[Progress], IngestReport]) -> None:
        self._work = work
        self.where = Where()
        self.report: IngestReport | None = None
        self.error = ""
        """One plain line where nothing more went in."""
        self._thread = threading.Thread(target=self._run, name="taking-in", daemon=True)

    def start(self) -> TakingIn:
        self._thread.start()
        return self

    @property
    def over(self) -> bool:
        return not self._thread.is_alive()

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _tell(self, done: int, total: int, name: str) -> None:
        self.where = Where(done, total, name)

    def _run(self) -> None:
        try:
            self.report = self._work(self._tell)
        except (BedsideError, KnowledgeError) as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - the thread's edge: the page says one calm line, the log the kind
            log.error("taking in failed: %s", type(error).__name__)
            self.error = "The files could not be taken in; the reason is in the log."
