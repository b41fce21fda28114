"""What every backend promises: it streams, stops, keeps its limits, can be cancelled, and works again afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from assistant.errors import ModelCancelled, ModelTimeout
from assistant.models.base import adapter_name, model_name, open_chat_model
from tests.fakes import Loops, ScriptedChatModel

ASK = [
    SystemMessage("You answer in many sentences."),
    HumanMessage("Explain in detail how the heart pumps blood through the body and the lungs."),
]
BACKENDS = [
    "scripted",
    pytest.param("local", marks=pytest.mark.model),
    pytest.param("server", marks=[pytest.mark.model, pytest.mark.slow]),
]


@pytest.fixture(scope="module")
def served(model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The MODEL value of a real ``transformers serve`` over the embedded model."""
    from assistant.models.loading import embedded_default

    folder = embedded_default(model_cache).resolve()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder)]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            stdout=out,
            stderr=out,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
    try:
        deadline = time.monotonic() + 120
        while not _healthy(port):
            assert server.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.3)
        yield f"server:http://127.0.0.1:{port}/v1#{folder}"
    finally:
        server.terminate()
        server.wait(20)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, model_cache: Path) -> BaseChatModel:
    if request.param == "scripted":
        return ScriptedChatModel.saying(*[Loops("The heart pumps blood. ")] * 4, word_s=0.02)
    if request.param == "local":
        return request.getfixturevalue("small_model")
    return open_chat_model(request.getfixturevalue("served"), cache_dir=model_cache)


def _stream(model: BaseChatModel, **limits: Any) -> tuple[list[str], Any]:
    """The texts that came, and the whole message."""
    whole = None
    texts = []
    for chunk in model.stream(ASK, **limits):
        whole = chunk if whole is None else whole + chunk
        texts.append(str(chunk.content))
    return [text for text in texts if text], whole


def test_streams_in_pieces_with_figures_at_the_end(backend: BaseChatModel) -> None:
    texts, whole = _stream(backend, max_new_tokens=16)
    assert len(texts) > 4
    assert whole.content == "".join(texts)
    assert whole.usage_metadata["input_tokens"] > 0
    assert 0 < whole.usage_metadata["output_tokens"] <= 16
    assert whole.response_metadata["finish_reason"] == "length"
    assert whole.response_metadata["tokens_per_s"] > 0
    assert whole.response_metadata["first_token_s"] >= 0
    assert model_name(backend)
    assert adapter_name(backend) is None


def test_invoke_says_what_stream_says(backend: BaseChatModel) -> None:
    texts, _ = _stream(backend, max_new_tokens=12)
    assert backend.invoke(ASK, max_new_tokens=12).content == "".join(texts)


def test_stop_sequence_ends_the_text_and_is_not_shown(backend: BaseChatModel) -> None:
    texts, whole = _stream(backend, max_new_tokens=60, stop=["blood"])
    assert "heart" in "".join(texts)
    assert "blood" not in "".join(texts)
    assert whole.response_metadata["finish_reason"] == "stop"


def test_cancel_ends_the_call_at_once_and_the_next_call_works(backend: BaseChatModel) -> None:
    cancel = threading.Event()
    came: list[str] = []
    with pytest.raises(ModelCancelled):  # noqa: PT012
        for chunk in backend.stream(ASK, max_new_tokens=400, cancel=cancel):
            came.append(str(chunk.content))
            if len(came) == 3:
                cancel.set()
                began = time.monotonic()
    assert time.monotonic() - began < 5
    texts, _ = _stream(backend, max_new_tokens=4)
    assert texts


def test_time_limit_yields_what_came_then_raises_and_the_next_call_works(backend: BaseChatModel) -> None:
    came: list[str] = []
    with pytest.raises(ModelTimeout, match=r"within 6 s"):  # noqa: PT012
        for chunk in backend.stream(ASK, max_new_tokens=4000, timeout_s=6.0):
            came.append(str(chunk.content))
    assert "".join(came).strip()
    texts, _ = _stream(backend, max_new_tokens=4)
    assert texts
