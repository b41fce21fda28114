"""One model call as a thread that can be stopped: deadline, cancellation, and who is next.

Owns when a call ends early. Refuses to know what produces the text.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from assistant.errors import BedsideError, ModelBusy, ModelCancelled, ModelFailed, ModelTimeout

POLL_S = 0.05
T = TypeVar("T")


@dataclass
class Halt:
    """Why a call must end: the user pressed Stop, its time is over, or nobody reads it any more."""

    timeout_s: float
    cancel: threading.Event | None = None
    abandoned: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    _endings: list[Callable[[], None]] = field(default_factory=list)

    def at_end(self, act: Callable[[], None]) -> None:
        """``act`` is called when nobody reads the call any more: a connection is hung up, so that its server is free."""
        self._endings.append(act)
        if self.abandoned.is_set():
            act()

    def end(self) -> None:
        self.abandoned.set()
        for act in self._endings:
            act()

    @property
    def left_s(self) -> float:
        return self.started + self.timeout_s - time.monotonic()

    def check(self) -> None:
        """Raises ModelCancelled or ModelTimeout when the call must end now."""
        if self.abandoned.is_set() or (self.cancel is not None and self.cancel.is_set()):
            raise ModelCancelled("Stopped: the model was told to stop writing.")
        if self.left_s <= 0:
            raise ModelTimeout(
                f"The model did not finish within {self.timeout_s:g} s. Ask for less, raise MODEL_TIMEOUT_S, "
                "or set MODEL to a faster one."
            )


def run_halting(produce: Callable[[], Iterator[T]], halt: Halt) -> Iterator[T]:
    """Items of ``produce``, made in a thread of their own.

    What came before a halt is yielded, then the halt's error is raised. The reader is freed at once even if ``produce``
    is stuck; ``produce`` must call ``halt.check`` often, so that it ends too.
    """
    items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()

    def work() -> None:
        try:
            for item in produce():
                items.put(item)
                halt.check()
            items.put(_End(None))
        except BaseException as error:  # noqa: BLE001 - carried to the reader's thread, which raises it
            items.put(_End(error))

    threading.Thread(target=work, name="bedside-model-call", daemon=True).start()
    try:
        while True:
            try:
                item = items.get(timeout=POLL_S)
            except queue.Empty:
                halt.check()
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise _as_ours(item.error)
                return
            yield item
    finally:
        halt.end()


class WaitingLine:
    """``at_once`` calls at a time, in order of arrival; at most ``places`` wait."""

    def __init__(self, places: int, at_once: int = 1) -> None:
        self._places = places
        self._at_once = at_once
        self._line: list[object] = []
        self._moved = threading.Condition()

    def __len__(self) -> int:
        """How many are in it, those at work included."""
        return len(self._line)

    def join(self) -> object:
        """A ticket at the end of the line. Raises ModelBusy when the line is full."""
        ticket = object()
        with self._moved:
            if len(self._line) >= self._places + self._at_once:
                raise ModelBusy(
                    f"{self._places} requests already wait for the model. Try again in a minute; what you wrote is kept."
                )
            self._line.append(ticket)
        return ticket

    def wait(self, ticket: object, halt: Halt) -> Iterator[int]:
        """The place in line, 1 the next, each time it changes; ends when it is this ticket's turn.

        Raises ModelBusy when time runs out, ModelCancelled when Stop is pressed.
        """
        told = 0
        while True:
            with self._moved:
                place = self._line.index(ticket) - self._at_once + 1
                if place == told and place > 0:
                    self._moved.wait(POLL_S)
                    place = self._line.index(ticket) - self._at_once + 1
            if place <= 0:
                return
            try:
                halt.check()
            except ModelTimeout as error:
                raise ModelBusy(
                    f"The model is busy: this request was number {place} in line after {halt.timeout_s:g} s. "
                    "Try again in a minute."
                ) from error
            if place != told:
                told = place
                yield place

    def leave(self, ticket: object) -> None:
        with self._moved:
            self._line.remove(ticket)
            self._moved.notify_all()

    @contextmanager
    def turn(self, halt: Halt) -> Iterator[None]:
        """Blocks until it is this call's turn. Raises ModelBusy when the line is full or time runs out in it."""
        ticket = self.join()
        try:
            for _ in self.wait(ticket, halt):
                pass
            yield
        finally:
            self.leave(ticket)


@dataclass(frozen=True)
class _End:
    error: BaseException | None


def _as_ours(error: BaseException) -> BaseException:
    if isinstance(error, BedsideError) or not isinstance(error, Exception):
        return error
    failed = ModelFailed(
        f"The model stopped with {type(error).__name__}. Ask again; if it stays, restart the app."
    )
    failed.__cause__ = error
    return failed
