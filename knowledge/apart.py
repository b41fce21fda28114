"""A child process in which files that may be hostile are read: so much time, so much memory, no network, no writing.

Owns the limits, the pipe between the processes and what is said when a limit ends the reading. What comes back is bytes,
never a pickle: the child may have been taken over by what it read. Refuses to know what is read.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

READY, FRAME, END, OUT_OF_MEMORY = b"R", b"F", b"E", b"M"
STARTUP_S = 90.0
GRACE_S = 5
_CHUNK = 1 << 20
_ROOT = Path(__file__).resolve().parent.parent
_FORBIDDEN = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request",
    "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.link", "os.symlink", "os.truncate", "shutil.rmtree",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Reader = Callable[[bytes], Iterator[bytes]]


@dataclass(frozen=True)
class Limits:
    """``seconds`` of wall clock for each answer, ``memory_mb`` of address space, ``answer_mb`` for one answer."""

    seconds: float = 10.0
    memory_mb: int = 512
    answer_mb: int = 256


class LimitReached(Exception):
    """The reading was ended; its text completes the sentence “the file …”."""


class Apart:
    """One child that runs ``package.module:function`` on payloads, one after the other; a new one after each ending.

    The function takes the payload and yields answers, all bytes. Use as a context: leaving it ends the child.
    """

    def __init__(self, function: str, limits: Limits | None = None) -> None:
        self._function = function
        self._limits = limits or Limits()
        self._child: subprocess.Popen[bytes] | None = None
        self._held = b""

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def answers(self, payload: bytes) -> Iterator[bytes]:
        """What the function yields for ``payload``. Raises LimitReached; the next payload meets a fresh child."""
        done = False
        try:
            child = self._started()
            _send(child, payload)
            while True:
                kind, answer = self._receive(child, self._limits.seconds)
                if kind == OUT_OF_MEMORY:
                    raise self._too_much_memory()
                if kind == END:
                    done = True
                    return
                yield answer
        finally:
            if not done:
                self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            limits = self._limits
            code = (
                f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from knowledge.apart import serve; "
                f"serve({self._function!r}, {limits.seconds!r}, {limits.memory_mb!r})"
            )
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # what a library says of a file may quote it
                cwd="/",
                env=_bare_environment(),
                start_new_session=True,
            )
            kind, _ = self._receive(self._child, STARTUP_S)
            if kind != READY:
                raise LimitReached("could not be read: the reading process did not start.")
        return self._child

    def _receive(self, child: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bytes]:
        deadline = time.monotonic() + seconds
        kind, size = struct.unpack("!cQ", self._exactly(child, 9, deadline))
        if size > self._limits.answer_mb * 1024 * 1024:
            raise LimitReached(f"holds more than {self._limits.answer_mb} MB of text. Split it.")
        return kind, self._exactly(child, size, deadline)

    def _exactly(self, child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        waiting = select.poll()
        waiting.register(pipe, select.POLLIN | select.POLLHUP)
        parts, have = [self._held], len(self._held)
        while have < size:
            left = deadline - time.monotonic()
            if left <= 0 or not waiting.poll(left * 1000):
                raise LimitReached(
                    f"took longer than {self._limits.seconds:g} s to read. Split it, or save it in a simpler form."
                )
            part = os.read(pipe, _CHUNK)
            if not part:
                if child.wait() == -signal.SIGALRM:
                    raise LimitReached(f"took longer than {self._limits.seconds:g} s to read. Split it.")
                raise self._too_much_memory()
            parts.append(part)
            have += len(part)
        whole = b"".join(parts)
        self._held = whole[size:]
        return whole[:size]

    def _too_much_memory(self) -> LimitReached:
        return LimitReached(
            f"is damaged, or needs more than {self._limits.memory_mb} MB of memory to read. Save it in a simpler form."
        )

    def _end(self) -> None:
        child, self._child, self._held = self._child, None, b""
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        child.wait()


def _send(child: subprocess.Popen[bytes], payload: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(struct.pack("!Q", len(payload)) + payload)
        child.stdin.flush()
    except BrokenPipeError as error:
        raise LimitReached("is too large to be read in the memory allowed. Split it.") from error


def _bare_environment() -> dict[str, str]:
    """No key, password or address of ours reaches the child."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX"), "1")
    return {**kept, **threads, "LANG": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def serve(function: str, seconds: float, memory_mb: int) -> None:
    """The child's life: limits, then a payload at a time until the parent goes."""
    module, _, name = function.partition(":")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    read: Reader = getattr(importlib.import_module(module), name)
    _limit(memory_mb)
    _answer(answers, READY)
    while len(header := sys.stdin.buffer.read(8)) == 8:
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_S)  # its default action ends this process
        try:
            payload = sys.stdin.buffer.read(struct.unpack("!Q", header)[0])
            for answer in read(payload):
                # Whoever takes the answers may be busy with the last ones: waiting for the pipe is no reading.
                signal.setitimer(signal.ITIMER_REAL, 0)
                _answer(answers, FRAME, answer)
                signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_S)
            signal.setitimer(signal.ITIMER_REAL, 0)
            _answer(answers, END)
        except MemoryError:
            _answer(answers, OUT_OF_MEMORY)
            return
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(pipe: BinaryIO, kind: bytes, answer: bytes = b"") -> None:
    pipe.write(struct.pack("!cQ", kind, len(answer)))
    pipe.write(answer)
    pipe.flush()


def _limit(memory_mb: int) -> None:
    import resource

    size = memory_mb * 1024 * 1024
    for name, value in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(name, (value, value))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"{event} is not allowed where files are read")
    if event == "open" and len(arguments) > 2 and isinstance(arguments[2], int) and arguments[2] & _WRITING:
        raise PermissionError("writing is not allowed where files are read")
