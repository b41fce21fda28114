"""The audit chain's anchor: a small file outside the database that knows how far the chain had come.

Whoever can rewrite the database can cut rows off the end of a hash chain and leave a shorter, valid one; the anchor tells.
Owns the file and its two-step advance. Refuses to know what an audit row says.

Two steps, because a file and a database cannot commit together: before the commit the anchor names the head to come
(``pending``), after it the head that is (``confirmed``). A crash in between leaves both, and either is then true.
Each instance that writes to one database must see the same anchor file.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from assistant.errors import StorageFailed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Head:
    """The last row of the chain: its number and hash. Number 0 is the chain before its first row."""

    seq: int
    hash: str


GENESIS = Head(0, "0" * 64)


@dataclass(frozen=True)
class Break:
    """Found while writing: the database did not stand where the anchor said."""

    time: str
    expected_seq: int
    found_seq: int
    reason: str


@dataclass(frozen=True)
class AnchorState:
    confirmed: Head = GENESIS
    pending: Head | None = None
    breaks: tuple[Break, ...] = ()

    def allows(self, head: Head) -> bool:
        return head in (self.confirmed, self.pending)


class Anchor:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> AnchorState | None:
        """The state on disk; None where there is no file yet.

        Raises:
            ValueError: the file is there and is not an anchor.
        """
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return None
        try:
            row = json.loads(text)
            pending = Head(**row["pending"]) if row["pending"] else None
            return AnchorState(Head(**row["confirmed"]), pending, tuple(Break(**b) for b in row["breaks"]))
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError(f"{self._path} is not an audit anchor; restore it from the backup") from fault

    @contextmanager
    def advance(self, previous: Head, head: Head, time: str) -> Iterator[None]:
        """Hold the anchor while the body commits the row ``head`` that follows ``previous``.

        A database that does not stand at ``previous`` according to the file was changed behind our back: that is kept in
        ``breaks`` for ``verify`` to report, and care goes on.

        Raises:
            StorageFailed: the file cannot be written; the body has not run.
        """
        with self.held():
            state = self._expected(previous, time)
            try:
                self.write(replace(state, pending=head))
            except OSError as fault:
                raise StorageFailed(
                    f"The audit anchor {self._path} cannot be written ({fault.strerror}). Nothing was done; mend the disk."
                ) from fault
            try:
                yield
            except BaseException:
                with suppress(OSError):
                    self.write(state)
                raise
            try:
                self.write(replace(state, confirmed=head, pending=None))
            except OSError:
                # The act is committed, and ``pending`` on disk already names it.
                log.warning("audit anchor left pending at row %d", head.seq)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other threads and processes from moving the anchor."""
        lock_path = self._path.with_name(self._path.name + ".lock")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(lock_path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as fault:
            raise StorageFailed(
                f"The audit anchor's folder {self._path.parent} cannot be written ({fault.strerror}). Nothing was done."
            ) from fault
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _expected(self, previous: Head, time: str) -> AnchorState:
        try:
            state = self.read()
        except ValueError:
            return AnchorState(previous, None, (Break(time, -1, previous.seq, "the anchor was unreadable"),))
        if state is None:
            gone = (Break(time, -1, previous.seq, "the anchor was missing"),) if previous.seq else ()
            return AnchorState(previous, None, gone)
        if state.allows(previous):
            return AnchorState(previous, None, state.breaks)
        broken = Break(
            time, state.confirmed.seq, previous.seq, "the database did not stand where the anchor said"
        )
        return AnchorState(previous, None, (*state.breaks, broken))

    def write(self, state: AnchorState) -> None:
        """Replace the file durably. For ``advance``, and for a restore that holds the anchor."""
        draft = self._path.with_name(self._path.name + ".new")
        with open(
            os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
