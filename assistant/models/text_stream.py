"""Model output as text that may be shown: whole characters, no stop sequence, no private reasoning.

Owns what is cut from a model's text. Refuses to know where the text comes from.
"""

from __future__ import annotations

from collections.abc import Sequence

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"


class TextStream:
    """Fed with pieces, gives back what is safe to show; the rest is held until the next piece decides.

    A stop sequence ends the text and is not shown. A ``<think>…</think>`` block, with which reasoning models open,
    is dropped: it is unchecked and not part of the answer.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = tuple(s for s in stop if s)
        self._held = ""
        self._thinking = False
        self._begun = False
        self.stopped = False

    def feed(self, piece: str) -> str:
        """What can be shown now; empty once a stop sequence came."""
        if self.stopped:
            return ""
        self._held += piece
        self._drop_thinking()
        if self._thinking or (not self._begun and not self._held.strip()):
            return ""
        if not self._begun and THINK_OPEN.startswith(self._held.lstrip()):
            return ""
        if not self._begun:
            self._held = self._held.lstrip()
            self._begun = True
        places = [place for sequence in self._stop if (place := self._held.find(sequence)) >= 0]
        if places:
            self._held, self.stopped = self._held[: min(places)], True
        return self._release(0 if self.stopped else self._undecided())

    def finish(self) -> str:
        """What was held back, at the end of the text."""
        if self.stopped or self._thinking:
            return ""
        return self._release(0)

    def _drop_thinking(self) -> None:
        if not self._begun and not self._thinking and self._held.lstrip().startswith(THINK_OPEN):
            self._thinking = True
        if self._thinking and THINK_CLOSE in self._held:
            self._held = self._held.split(THINK_CLOSE, 1)[1]
            self._thinking = False

    def _undecided(self) -> int:
        """How many characters at the end may be the beginning of a stop sequence."""
        longest = 0
        for sequence in self._stop:
            for size in range(min(len(sequence) - 1, len(self._held)), longest, -1):
                if self._held.endswith(sequence[:size]):
                    longest = size
                    break
        return longest

    def _release(self, keep: int) -> str:
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown
