"""The OpenAI chat protocol over HTTP, spoken to a server that may lie: one request, one bounded stream of pieces.

Owns what is sent, what is believed of what comes back, and the breaking of the connection when a call must end.
Nothing is retried and no redirect is followed: both would send a patient's text where the setting does not say.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType
from typing import Any

from langchain_core.messages import BaseMessage

from assistant.models.chat import Piece
from assistant.models.turn import Halt

CONNECT_S = 5.0
ROOM_BYTES = 256 * 1024
BYTES_A_TOKEN = 8 * 1024
MAX_LINE_BYTES = 256 * 1024
EXTRA_TOKENS = 16
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class StatusRefused(Exception):
    """The server answered with an HTTP status that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ProtocolBroken(Exception):
    """What came is not the protocol: wrong type, not JSON, no choices, too much, or cut off. Never carries what came."""


def chat_pieces(
    url: str,
    key: str,
    model: str,
    messages: Sequence[BaseMessage],
    *,
    stop: Sequence[str],
    max_new_tokens: int,
    halt: Halt,
    through_proxy: bool,
) -> Iterator[Piece]:
    """Pieces of the reply, greedy. Raises StatusRefused, ProtocolBroken, httpx.HTTPError and the halt's errors.

    ``through_proxy`` obeys the proxy that the environment names; a server inside the walls is spoken to directly.
    """
    import httpx

    left_s = max(halt.left_s, 0.1)
    sockets: list[socket.socket] = []

    def note(event: str, about: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            sockets.append(about["return_value"].get_extra_info("socket"))

    halt.at_end(lambda: _hang_up(sockets))
    with httpx.Client(
        transport=None if through_proxy else httpx.HTTPTransport(),
        follow_redirects=False,
        timeout=httpx.Timeout(left_s, connect=min(CONNECT_S, left_s)),
    ) as client:
        request = client.build_request(
            "POST",
            url.rstrip("/") + "/chat/completions",
            json=_body(model, messages, stop, max_new_tokens),
            headers=_headers(key),
            extensions={"trace": note},
        )
        response = client.send(request, stream=True)
        with contextlib.closing(response):
            yield from _read(response, max_new_tokens, halt)


def _body(
    model: str, messages: Sequence[BaseMessage], stop: Sequence[str], max_new_tokens: int
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": _ROLES.get(m.type, "user"), "content": str(m.content)} for m in messages],
        "max_tokens": max_new_tokens,
        "temperature": 0.0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return body | {"stop": list(stop)} if stop else body


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Accept": "text/event-stream", "Accept-Encoding": "identity"}


def _hang_up(sockets: Sequence[socket.socket]) -> None:
    """Closing the file alone would leave a thread that reads from it asleep, and the server writing."""
    for connection in sockets:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _read(response: Any, max_new_tokens: int, halt: Halt) -> Iterator[Piece]:
    if response.status_code != 200:
        raise StatusRefused(response.status_code)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ProtocolBroken
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    lines = _lines(response.iter_bytes(), ROOM_BYTES + BYTES_A_TOKEN * max_new_tokens, halt)
    if kind == "application/json":
        yield from _whole(lines)
        return
    if kind != "text/event-stream":
        raise ProtocolBroken
    made, finished = 0, False
    for line in lines:
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            finished = True
            break
        piece = _piece(_parsed(data), "delta")
        made += bool(piece.text)
        piece.output_tokens = piece.output_tokens or made or None
        finished = finished or piece.finish_reason is not None
        if made > max_new_tokens + EXTRA_TOKENS:
            yield Piece("", piece.input_tokens, made, "length")
            return
        yield piece
    if not finished:
        raise ProtocolBroken


def _whole(lines: Iterator[bytes]) -> Iterator[Piece]:
    """A server that does not stream: the reply in one piece."""
    yield _piece(_parsed(b"\n".join(lines)), "message")


def _lines(parts: Iterator[bytes], most_bytes: int, halt: Halt) -> Iterator[bytes]:
    held, total = b"", 0
    for part in parts:
        halt.check()
        total += len(part)
        *whole, held = (held + part).split(b"\n")
        if total > most_bytes or len(held) > MAX_LINE_BYTES:
            raise ProtocolBroken
        for line in whole:
            yield line.rstrip(b"\r")
    if held:
        yield held


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ProtocolBroken from error
    if not isinstance(found, dict) or found.get("error") or not isinstance(found.get("choices"), list):
        raise ProtocolBroken
    return found


def _piece(found: dict[str, Any], part: str) -> Piece:
    usage = found.get("usage")
    read, made = (_count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))
    if not found["choices"]:
        return Piece("", read, made)
    choice = found["choices"][0]
    said = choice.get(part) if isinstance(choice, dict) else None
    if not isinstance(said, dict):
        raise ProtocolBroken
    text = said.get("content")
    reason = choice.get("finish_reason")
    if not isinstance(text, (str, NoneType)) or not isinstance(reason, (str, NoneType)):
        raise ProtocolBroken
    return Piece(text or "", read, made, reason)


def _count(usage: object, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < 10**9 else None
