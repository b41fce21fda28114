"""A model server that is slow, lies about its protocol, breaks off or never ends: a real peer on this machine."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.conversation import Conversation
from assistant.domain.events import Finished, RedFlagRaised
from assistant.errors import ModelBusy, ModelCancelled, ModelFailed, ModelTimeout
from assistant.models.base import open_chat_model
from assistant.tasks.base import Request
from tests.turns import chart, services, shown

if TYPE_CHECKING:
    from knowledge.formulary import Formulary
    from knowledge.open import Library

SECRET = b"patient Jane Roe"
Handler = http.server.BaseHTTPRequestHandler
Act = Callable[[Handler], None]
gone = threading.Event()
"""Set when a server's write met a closed connection."""


def _event(text: str | None, finish: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"


def _head(handler: Handler, kind: str = "text/event-stream", status: int = 200, **more: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    for name, value in more.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def _well(handler: Handler) -> None:
    _head(handler)
    handler.wfile.write(_event("All is well. ") + _event(None, "stop") + b"data: [DONE]\n\n")


def _whole(handler: Handler) -> None:
    _head(handler, "application/json")
    choice = {"message": {"content": "All is well. "}, "finish_reason": "stop"}
    handler.wfile.write(json.dumps({"choices": [choice]}).encode())


def _bad_json(handler: Handler) -> None:
    _head(handler)
    handler.wfile.write(_event("All") + b"data: {" + SECRET + b"\n\n")


def _page(handler: Handler) -> None:
    _head(handler, "text/html")
    handler.wfile.write(b"<html>" + SECRET + b"</html>")


def _wrong_shape(handler: Handler) -> None:
    _head(handler)
    handler.wfile.write(b'data: {"choices": [{"delta": {"content": 7}}]}\n\n')


def _error_inside(handler: Handler) -> None:
    _head(handler)
    handler.wfile.write(_event("All") + b'data: {"error": {"message": "' + SECRET + b'"}}\n\n')


def _cut(handler: Handler) -> None:
    _head(handler)
    handler.wfile.write(_event("All is") + _event(" we")[:20])


def _packed(handler: Handler) -> None:
    _head(handler, Content_Encoding="gzip")
    handler.wfile.write(b"\x1f\x8b")


def _onwards(handler: Handler) -> None:
    _head(handler, status=307, Location="http://127.0.0.1:9/elsewhere")


def _one_endless_line(handler: Handler) -> None:
    _head(handler)
    _until_gone(handler, b"data: " + b"x" * 65_536)


def _endless(handler: Handler) -> None:
    _head(handler)
    _until_gone(handler, _event("and again "))


def _silent_endless(handler: Handler) -> None:
    _head(handler)
    _until_gone(handler, b": keep-alive\n\n", pause_s=0.02)


def _until_gone(handler: Handler, part: bytes, pause_s: float = 0.0) -> None:
    try:
        for _ in range(100_000):
            handler.wfile.write(part)
            time.sleep(pause_s)
    except OSError:
        gone.set()


def _stuck(handler: Handler) -> None:
    """Thinks for ever: answers nothing, but notices that nobody listens any more."""
    handler.connection.settimeout(30)
    try:
        gone_now = handler.connection.recv(1) == b""
    except OSError:
        gone_now = True
    if gone_now:
        gone.set()


def _no_memory(handler: Handler) -> None:
    _head(handler, "application/json", 500)
    handler.wfile.write(b'{"error": "CUDA out of memory: ' + SECRET + b'"}')


def _full(handler: Handler) -> None:
    _head(handler, "application/json", 503)


@pytest.fixture
def peer() -> Iterator[tuple[str, list[Act]]]:
    """MODEL's value of a real server, and what it does at each call, the last for ever."""
    acts: list[Act] = []
    gone.clear()

    class Peer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            act = acts.pop(0) if len(acts) > 1 else acts[0]
            act(self)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"server:http://127.0.0.1:{server.server_port}/v1#m", acts
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("act", [_well, _whole])
def test_an_honest_server_is_read_streaming_or_not(
    peer: tuple[str, list[Act]], tmp_path: Path, act: Act
) -> None:
    address, acts = peer
    acts.append(act)
    assert open_chat_model(address, cache_dir=tmp_path).invoke("hello").content == "All is well. "


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (_bad_json, ModelFailed, "could not be read"),
        (_page, ModelFailed, "could not be read"),
        (_wrong_shape, ModelFailed, "could not be read"),
        (_error_inside, ModelFailed, "could not be read"),
        (_cut, ModelFailed, "could not be read"),
        (_packed, ModelFailed, "could not be read"),
        (_one_endless_line, ModelFailed, "could not be read"),
        (_onwards, ModelFailed, "not followed"),
        (_no_memory, ModelFailed, "HTTP 500"),
        (_full, ModelBusy, "too many requests"),
        (_silent_endless, ModelTimeout, "did not finish"),
        (_stuck, ModelTimeout, "did not finish"),
    ],
)
def test_a_fault_is_one_honest_line_and_the_next_call_works(
    peer: tuple[str, list[Act]], tmp_path: Path, act: Act, error: type[ModelFailed], words: str
) -> None:
    address, acts = peer
    acts += [act, _well]
    model = open_chat_model(address, cache_dir=tmp_path)
    with pytest.raises(error, match=words) as raised:
        model.invoke("hello", timeout_s=1.5)
    assert SECRET.decode() not in str(raised.value)
    assert SECRET.decode() not in str(raised.value.__cause__ or "")
    assert "\n" not in str(raised.value)
    assert model.invoke("hello").content == "All is well. "


def test_a_server_that_never_ends_is_cut_at_the_tokens_asked_for_and_hung_up_on(
    peer: tuple[str, list[Act]], tmp_path: Path
) -> None:
    address, acts = peer
    acts.append(_endless)
    reply = open_chat_model(address, cache_dir=tmp_path).invoke("hello", max_new_tokens=20, timeout_s=60)
    assert reply.response_metadata["finish_reason"] == "length"
    assert 20 <= str(reply.content).count("again") <= 40
    assert gone.wait(20)


@pytest.mark.parametrize("act", [_stuck, _silent_endless])
def test_stop_frees_the_server_at_once(peer: tuple[str, list[Act]], tmp_path: Path, act: Act) -> None:
    address, acts = peer
    acts.append(act)
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(ModelCancelled):
        open_chat_model(address, cache_dir=tmp_path).invoke("hello", cancel=cancel, timeout_s=60)
    assert gone.wait(20), "the server still holds the call"


@pytest.mark.parametrize(
    "act", [_bad_json, _page, _cut, _stuck, _silent_endless, _no_memory, _endless, _onwards]
)
def test_a_turn_says_what_failed_answers_from_evidence_and_keeps_its_red_flags(
    peer: tuple[str, list[Act]], shelf: Library, formulary: Formulary, tmp_path: Path, act: Act
) -> None:
    address, acts = peer
    acts.append(act)
    offered = replace(
        services(shelf, formulary),
        model=open_chat_model(address, cache_dir=tmp_path),
        model_name="m",
        model_timeout_s=4.0,
        max_new_tokens=40,
    )
    question = "She has crushing chest pain and cannot breathe. How is heart failure treated?"
    events = list(Conversation(offered).run(Request("ask", question=question, record=chart(formulary))))
    assert any(isinstance(e, RedFlagRaised) for e in events)
    (answer,) = [e.answer for e in events if isinstance(e, Finished)]
    assert answer.model == "m", "no silent change of model"
    assert shown(answer)
    if act is not _endless:
        assert any(
            "could not finish" in notice and ("127.0.0.1" in notice or "within 4 s" in notice)
            for notice in answer.notices
        )
    assert SECRET.decode() not in answer.text
