from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import AdapterRefused, ModelBusy, ModelFailed, ModelNotFound, ModelTimeout
from assistant.models.base import open_chat_model

SECRET = "patient Jane Roe"


@pytest.fixture
def answering() -> Iterator[tuple[http.server.ThreadingHTTPServer, list[int]]]:
    """A server that answers every request with ``status``; 0 hangs."""
    status = [500]
    requests: list[int] = []
    release = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(1)
            if status[0] == 0:
                release.wait(20)
                return
            body = b'{"error": {"message": "' + SECRET.encode() + b'"}}'
            self.send_response(status[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.requests = status, requests  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, requests
    release.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "error", "remedy"),
    [
        (401, ModelFailed, "MODEL_API_KEY"),
        (404, ModelFailed, "Check both parts of MODEL"),
        (400, ModelFailed, "shorter record"),
        (429, ModelBusy, "Try again"),
        (500, ModelFailed, "HTTP 500"),
    ],
)
def test_a_refusal_is_one_line_with_a_remedy_and_without_the_servers_words(
    answering: tuple[http.server.ThreadingHTTPServer, list[int]],
    tmp_path: Path,
    status: int,
    error: type[ModelFailed],
    remedy: str,
) -> None:
    server, requests = answering
    server.status[0] = status  # type: ignore[attr-defined]
    model = open_chat_model(f"server:http://127.0.0.1:{server.server_port}/v1#m", cache_dir=tmp_path)
    with pytest.raises(error, match=remedy) as raised:
        model.invoke("hello")
    assert f"127.0.0.1:{server.server_port}" in str(raised.value)
    assert SECRET not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(requests) == 1, "a failed call is not retried"


def test_a_server_that_never_answers_ends_at_the_time_limit(
    answering: tuple[http.server.ThreadingHTTPServer, list[int]], tmp_path: Path
) -> None:
    server, _ = answering
    server.status[0] = 0  # type: ignore[attr-defined]
    model = open_chat_model(f"server:http://127.0.0.1:{server.server_port}/v1#m", cache_dir=tmp_path)
    with pytest.raises(ModelTimeout):
        model.invoke("hello", timeout_s=1.0)


def test_a_server_that_is_down_is_named(tmp_path: Path) -> None:
    model = open_chat_model("server:http://127.0.0.1:9/v1#m", cache_dir=tmp_path)
    with pytest.raises(ModelFailed, match=r"127\.0\.0\.1:9 cannot be reached.*Start it"):
        model.invoke("hello")


@pytest.mark.parametrize(
    "value", ["server:http://host:8000/v1", "server:host#m", "server:#m", "server:http://h:x/v1#m", "gpt", ""]
)
def test_a_value_that_names_no_model_says_what_to_write(value: str, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="server:http"):
        open_chat_model(value, cache_dir=tmp_path)


def test_an_adapter_on_a_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterRefused, match="local model only"):
        open_chat_model("server:http://h/v1#m", adapter="a", cache_dir=tmp_path)


def test_no_model_fails_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelFailed, match="MODEL=default"):
        open_chat_model("none", cache_dir=tmp_path).invoke("hello")
