from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from assistant.conversation import Conversation
from assistant.domain.answer import Answer
from assistant.domain.events import Event, Finished, Stage, StageName
from assistant.errors import ModelFailed
from assistant.tasks.base import Request
from assistant.ui.running import Ending, RunningTurn

ANSWER = Answer("ask", "en", "none")


class Scripted:
    """A conversation whose turn waits at a gate, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.gate = threading.Event()
        self.error = error

    def run(self, request: Request, cancel: threading.Event) -> Iterator[Event]:
        yield Stage(StageName.GUARD)
        self.gate.wait(5)
        if self.error:
            raise self.error
        yield Stage(StageName.GUARD, done=True)
        yield Finished(ANSWER)


def _turn(script: Scripted, kept: list[Answer]) -> RunningTurn:
    conversation: Conversation = script  # type: ignore[assignment]
    return RunningTurn(lambda: conversation, Request("ask", "x"), kept.append).start()


def test_a_finished_answer_is_kept_before_the_turn_counts_as_finished() -> None:
    script, kept = Scripted(), []  # type: ignore[var-annotated]
    turn = _turn(script, kept)
    assert turn.ending is None
    script.gate.set()
    turn.join(5)
    assert turn.ending is Ending.FINISHED
    assert kept == [ANSWER]


def test_stop_stops_and_nothing_is_kept() -> None:
    script, kept = Scripted(), []  # type: ignore[var-annotated]
    turn = _turn(script, kept)
    turn.stop()
    assert turn.stopping
    script.gate.set()
    turn.join(5)
    assert turn.ending is Ending.STOPPED
    assert kept == []


@pytest.mark.parametrize(
    ("error", "line"),
    [(ModelFailed("The server is down."), "The server is down."), (RuntimeError("secret of a patient"), "")],
)
def test_a_failure_ends_the_turn_with_a_plain_line_or_none(
    error: Exception, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    script, kept = Scripted(error), []  # type: ignore[var-annotated]
    script.gate.set()
    turn = _turn(script, kept)
    turn.join(5)
    assert (turn.ending, turn.error, kept) == (Ending.FAILED, line, [])
    assert "secret" not in caplog.text


def test_an_answer_that_cannot_be_kept_is_a_failure() -> None:
    script = Scripted()
    script.gate.set()

    def refuse(_: Answer) -> None:
        raise ModelFailed("The disk is full.")

    conversation: Conversation = script  # type: ignore[assignment]
    turn = RunningTurn(lambda: conversation, Request("ask", "x"), refuse).start()
    turn.join(5)
    assert (turn.ending, turn.error) == (Ending.FAILED, "The disk is full.")
