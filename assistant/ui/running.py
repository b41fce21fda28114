"""One turn at work in a thread, so that the page stays live and Stop stops.

Owns the thread, its events so far, and how it ended. Refuses to know the page: what is done with the finished answer is
handed in and runs in the thread, so that an answer is kept even when the browser has gone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from assistant.conversation import Conversation
from assistant.domain.answer import Answer
from assistant.domain.events import Event, Finished, RedFlagRaised, SentenceWithheld
from assistant.errors import BedsideError, ModelCancelled
from assistant.metrics import turn_ended
from assistant.tasks.base import Request
from knowledge.errors import KnowledgeError

log = logging.getLogger(__name__)


class Ending(StrEnum):
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class RunningTurn:
    """``conversation`` is asked for in the thread, where it may have to wait for the library and the model to open.

    ``keep`` is called with the finished answer before the turn counts as finished.
    """

    def __init__(
        self, conversation: Callable[[], Conversation], request: Request, keep: Callable[[Answer], object]
    ) -> None:
        self.request = request
        self._conversation = conversation
        self._keep = keep
        self._cancel = threading.Event()
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._ending: Ending | None = None
        self.answer: Answer | None = None
        self.error = ""
        """One plain line where the turn failed."""
        self._thread = threading.Thread(target=self._run, name=f"turn-{request.task}", daemon=True)

    def start(self) -> RunningTurn:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._cancel.set()

    @property
    def stopping(self) -> bool:
        return self._cancel.is_set() and self._ending is None

    @property
    def ending(self) -> Ending | None:
        """None while it runs."""
        return self._ending

    def events(self) -> tuple[Event, ...]:
        with self._lock:
            return tuple(self._events)

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _run(self) -> None:
        ending = Ending.FAILED
        began = time.monotonic()
        try:
            for event in self._conversation().run(self.request, self._cancel):
                if self._cancel.is_set():
                    raise ModelCancelled("Stopped.")
                with self._lock:
                    self._events.append(event)
                if isinstance(event, Finished):
                    self._keep(event.answer)
                    self.answer = event.answer
                    ending = Ending.FINISHED
        except ModelCancelled:
            ending = Ending.STOPPED
        except (BedsideError, KnowledgeError) as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - the thread's edge: the page says one calm line, the log the kind
            log.error("turn failed: %s in task %s", type(error).__name__, self.request.task)
        finally:
            raised = sum(isinstance(event, RedFlagRaised) for event in self._events)
            held = sum(isinstance(event, SentenceWithheld) for event in self._events)
            took = time.monotonic() - began
            turn_ended(self.request.task, ending.value, took, withheld=held, red_flags=raised)
            self._ending = ending
