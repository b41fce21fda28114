"""What leaves for a model outside the walls, and what comes back."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from assistant.config import Settings
from assistant.conversation import Conversation
from assistant.models.base import open_chat_model
from assistant.safety.egress import (
    Crossing,
    RedactedChatModel,
    RestoringStream,
    is_inside,
    names_of,
    numbers_of,
)
from assistant.tasks.base import Request
from assistant.wiring import sends_out
from tests.fakes import ScriptedChatModel
from tests.turns import chart, services, shown

if TYPE_CHECKING:
    from pathlib import Path

    from knowledge.formulary import Formulary
    from knowledge.open import Library

PLANTED = ("Marlowe", "Edith", "44-871", "Okafor", "12/03/1947", "1947-03-12")


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("[fd00::1]", True),
        ("10.2.3.4", True),
        ("192.168.1.9", True),
        ("vllm", True),
        ("gpu.ward.internal", True),
        ("8.8.8.8", False),
        ("172.32.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("0.0.0.0", False),
        ("api.example.com", False),
        ("localhost.example.com", False),
        ("127.0.0.1.nip.io", False),
        ("internal.example.org", False),
        ("", False),
    ],
)
def test_only_this_machine_and_private_networks_are_inside(host: str, inside: bool) -> None:
    assert is_inside(host) is inside


@pytest.mark.parametrize(
    ("model", "egress", "redacts"),
    [
        ("server:https://api.example.com/v1#m", "auto", True),
        ("server:http://127.0.0.1:8000/v1#m", "auto", False),
        ("server:http://127.0.0.1:8000/v1#m", "redact", True),
        ("server:https://api.example.com/v1#m", "plain", False),
        ("server:http://127.0.0.1@api.example.com/v1#m", "auto", True),
        ("default", "auto", False),
    ],
)
def test_text_for_an_outside_host_is_redacted_unless_a_setting_says_otherwise(
    model: str, egress: Any, redacts: bool
) -> None:
    assert sends_out(Settings(model=model, model_egress=egress, _env_file=None)) is redacts  # type: ignore[call-arg]


def test_what_the_record_knows_goes_however_it_is_joined(formulary: Formulary) -> None:
    record = chart(formulary)
    crossing = Crossing(
        ["Ms Marlowe, 44871 or 44 871.", "Marlow saw 144-8712."], names_of(record), numbers_of(record)
    )
    assert "Marlow" not in "".join(crossing.texts)
    assert "871." not in crossing.texts[0]
    assert crossing.restored(crossing.texts[0]) == "Ms Marlowe, 44871 or 44 871."


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_placeholders_are_put_back_however_the_stream_is_cut(size: int) -> None:
    crossing = Crossing(["Edith Marlowe takes 5 mg [1]."], ["Edith Marlowe"])
    sent = crossing.texts[0] + " [see [NAME_9] and [unclosed"
    stream = RestoringStream(crossing)
    got = "".join(stream.feed(sent[i : i + size]) for i in range(0, len(sent), size)) + stream.finish()
    assert got == "Edith Marlowe takes 5 mg [1]. [see [NAME_9] and [unclosed"


def test_figures_of_the_call_come_through() -> None:
    model = RedactedChatModel(inner=ScriptedChatModel.saying("One [NAME_1] two."), names=("Edith Marlowe",))
    chunks = list(model.stream([SystemMessage("Write."), HumanMessage("Edith Marlowe is better.")]))
    assert "".join(str(c.content) for c in chunks) == "One Edith Marlowe two."
    assert chunks[-1].response_metadata["finish_reason"] == "stop"


@pytest.fixture
def recording() -> Iterator[tuple[str, list[str]]]:
    """A real server that writes down what it got and answers with the first numbered evidence, word for word."""
    got: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.append(f"{self.path}\n{self.headers}\n{body}")
            asked = json.loads(body)["messages"][-1]["content"]
            first = next(line for line in asked.splitlines() if line.startswith("[1]"))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for part in [*(first.removeprefix("[1]").strip() + " [1]"), None]:
                delta = {"content": part} if part else {}
                choice = {"delta": delta, "finish_reason": None if part else "stop"}
                self.wfile.write(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"server:http://127.0.0.1:{server.server_port}/v1#m", got
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("task", ["ask", "discharge", "plan"])
@pytest.mark.parametrize("outside", [True, False])
def test_an_outside_server_gets_no_identifier_and_the_reader_sees_them_all(
    recording: tuple[str, list[str]],
    shelf: Library,
    formulary: Formulary,
    tmp_path: Path,
    task: str,
    outside: bool,
) -> None:
    address, got = recording
    model = open_chat_model(address, cache_dir=tmp_path)
    offered = replace(
        services(shelf, formulary),
        model=model,
        model_name="m",
        redact_outgoing=outside,
        model_languages=("en", "zh"),
    )
    record = chart(formulary)
    question = "Which antibiotic treats pneumonia in Edith Marlowe?" if task == "ask" else ""
    result = Conversation(offered).answer(Request(task, question=question, record=record))
    assert got, "the model was asked"
    sent = "\n".join(got)
    if outside:
        assert not [word for word in PLANTED if word in sent]
    elif task == "ask":
        assert "Marlowe" in sent, "the same turn inside the walls sends it, so the test can see a leak"
    for sentence in shown(result):
        assert "[NAME_" not in sentence.text
        assert "[DATE_" not in sentence.text


def test_a_checked_sentence_of_the_model_has_its_identifiers_again(
    recording: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, got = recording
    model = RedactedChatModel(
        inner=open_chat_model(address, cache_dir=tmp_path), names=("Edith Marlowe",), numbers=("44-871",)
    )
    line = "[1] Edith Marlowe (MRN 44-871) was seen by Dr. Okafor on 2026-03-03."
    reply = model.invoke([SystemMessage("Write."), HumanMessage(line)])
    assert str(reply.content) == line.removeprefix("[1] ") + " [1]"
    assert not [word for word in (*PLANTED, "2026-03-03") if word in got[0]]
