"""Nothing leaves the machine: asking, drafting, triage and redaction open no connection."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from assistant.jobs import redact_row, triage_row
from tests.turns import answer, chart, services, shown

if TYPE_CHECKING:
    from knowledge.formulary import Formulary
    from knowledge.open import Library


@pytest.fixture
def cut_off(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every attempt to connect or to look a name up is refused and written down."""
    shelf.search("warm up")
    tried: list[str] = []

    def refuse(*arguments: object, **_: object) -> None:
        tried.append(str(arguments[-1:]))
        raise OSError("no network in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    return tried


def test_the_guard_notices_a_connection(cut_off: list[str]) -> None:
    with pytest.raises(OSError, match="no network"):
        socket.create_connection(("127.0.0.1", 9))
    assert cut_off


@pytest.mark.parametrize("task", ["ask", "discharge", "plan", "handout"])
def test_a_task_opens_no_connection(
    cut_off: list[str], shelf: Library, formulary: Formulary, task: str
) -> None:
    question = "Which antibiotic treats pneumonia?" if task == "ask" else ""
    result = answer(services(shelf, formulary), task, record=chart(formulary), question=question)
    assert shown(result)
    assert cut_off == []


def test_triage_and_redaction_open_no_connection(cut_off: list[str]) -> None:
    assert triage_row({"text": "crushing chest pain and sweating"})["urgency"] == "emergency"
    assert redact_row({"text": "Mr. Otto Lindqvist"})["spans"]
    assert cut_off == []
