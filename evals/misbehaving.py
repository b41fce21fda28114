"""Readers that misbehave on purpose, to show that the child process holds them. Run by tests and by ``evals security``."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def shouts(payload: bytes) -> Iterator[bytes]:
    sys.stdout.write("what a library prints never reaches the answer")
    yield payload.upper()
    yield b"twice"


def sleeps(payload: bytes) -> Iterator[bytes]:
    if payload == b"stuck":
        time.sleep(60)
    yield b"woke"


def eats(payload: bytes) -> Iterator[bytes]:
    held = b"x" * (int(payload) * 1024 * 1024)
    yield str(len(held)).encode()


def dies(payload: bytes) -> Iterator[bytes]:
    yield b"first"
    os.abort()


def tries(payload: bytes) -> Iterator[bytes]:
    what, _, where = payload.decode().partition(" ")
    try:
        if what == "connect":
            socket.create_connection(("127.0.0.1", int(where)), timeout=2).close()
        elif what == "write":
            Path(where).write_text("x")
        elif what == "run":
            os.system(f"touch {where}")
        elif what == "delete":
            Path(where).unlink()
        yield b"done"
    except PermissionError:
        yield b"refused"


def environment(payload: bytes) -> Iterator[bytes]:
    yield os.environ.get("MODEL_API_KEY", "nothing").encode()
