from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from assistant.errors import ModelBusy, ModelCancelled, ModelFailed, ModelTimeout
from assistant.models.turn import Halt, WaitingLine, run_halting
from tests.fakes import GARBAGE, Fails, Hangs, ScriptedChatModel


def _held(line: WaitingLine, release: threading.Event) -> threading.Thread:
    entered = threading.Event()

    def hold() -> None:
        with line.turn(Halt(30)):
            entered.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(5)
    return holder


def test_a_call_that_waits_too_long_says_its_place() -> None:
    line, release = WaitingLine(2), threading.Event()
    holder = _held(line, release)
    with pytest.raises(ModelBusy, match="number 1 in line"), line.turn(Halt(0.2)):
        pass
    release.set()
    holder.join()
    with line.turn(Halt(1)):
        pass


def test_a_full_line_refuses_at_once() -> None:
    line, release = WaitingLine(0), threading.Event()
    holder = _held(line, release)
    began = time.monotonic()
    with pytest.raises(ModelBusy, match="Try again"), line.turn(Halt(10)):
        pass
    assert time.monotonic() - began < 1
    release.set()
    holder.join()


def test_a_waiting_call_can_be_cancelled() -> None:
    line, release, cancel = WaitingLine(2), threading.Event(), threading.Event()
    holder = _held(line, release)
    cancel.set()
    with pytest.raises(ModelCancelled), line.turn(Halt(10, cancel)):
        pass
    release.set()
    holder.join()


def test_a_reader_that_leaves_stops_the_work() -> None:
    halt, ended = Halt(30), threading.Event()

    def forever() -> Iterator[int]:
        try:
            while True:
                yield 1
                time.sleep(0.01)
        finally:
            ended.set()

    reader = run_halting(forever, halt)
    assert next(reader) == 1
    reader.close()  # type: ignore[attr-defined]
    assert ended.wait(2)


def test_a_call_that_hangs_frees_its_reader() -> None:
    model = ScriptedChatModel.saying(Hangs("The heart "))
    came: list[str] = []
    began = time.monotonic()
    with pytest.raises(ModelTimeout):
        came.extend(str(chunk.content) for chunk in model.stream("x", timeout_s=0.3))
    assert time.monotonic() - began < 2


def test_a_strangers_error_becomes_ours_and_ours_stays() -> None:
    model = ScriptedChatModel.saying(Fails(ZeroDivisionError("secret")), Fails(ModelBusy("full")), "fine")
    with pytest.raises(ModelFailed, match="ZeroDivisionError") as raised:
        model.invoke("x")
    assert "secret" not in str(raised.value)
    with pytest.raises(ModelBusy, match="full"):
        model.invoke("x")
    assert model.invoke("x").content == "fine"


def test_garbage_passes_through_unchanged_for_the_guard_to_judge() -> None:
    assert ScriptedChatModel.saying(GARBAGE).invoke("x").content == GARBAGE
