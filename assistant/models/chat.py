"""What all of Bedside's chat models share: one stream of text under a halt, and the figures at its end.

Owns the contract of a call: ``stream(messages, stop=…, cancel=Event, timeout_s=…, max_new_tokens=…)``; the same for
``invoke``. Refuses to know how text is made.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from assistant.models.streamed import StreamedChatModel
from assistant.models.text_stream import TextStream
from assistant.models.turn import Halt, run_halting


@dataclass
class Piece:
    """Raw text a backend made, with what it knows so far. ``finish_reason``: stop, length or repetition."""

    text: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None


@dataclass(frozen=True)
class Limits:
    stop: tuple[str, ...]
    max_new_tokens: int


class HaltingChatModel(StreamedChatModel):
    """A chat model whose calls end when they are told to: by Stop, by the clock, by the token limit."""

    model_name: str
    adapter_name: str | None = None
    max_new_tokens: int = 512
    timeout_s: float = 120.0
    max_context_tokens: int = 8192

    @abstractmethod
    def _pieces(self, messages: Sequence[BaseMessage], limits: Limits, halt: Halt) -> Iterator[Piece]:
        """Runs in a thread of its own; calls ``halt.check`` between steps."""

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        cancel: threading.Event | None = None,
        timeout_s: float | None = None,
        max_new_tokens: int | None = None,
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        halt = Halt(self.timeout_s if timeout_s is None else timeout_s, cancel)
        limits = Limits(tuple(stop or ()), max_new_tokens or self.max_new_tokens)
        text = TextStream(limits.stop)
        last = Piece()
        first_s: float | None = None
        for piece in run_halting(lambda: self._pieces(messages, limits, halt), halt):
            last.input_tokens = piece.input_tokens or last.input_tokens
            last.output_tokens = piece.output_tokens or last.output_tokens
            last.finish_reason = piece.finish_reason or last.finish_reason
            shown = text.feed(piece.text)
            if shown:
                first_s = first_s or time.monotonic() - halt.started
                yield _chunk(shown, run_manager)
            if text.stopped:
                last.finish_reason = "stop"
                break
        rest = text.finish()
        if rest:
            yield _chunk(rest, run_manager)
        yield _closing(last, self.model_name, first_s, time.monotonic() - halt.started)

    def get_num_tokens(self, text: str) -> int:
        """An upper estimate where the tokenizer is not at hand: 3 characters a token, 1 for Chinese."""
        wide = sum(1 for char in text if ord(char) > 0x2E7F)
        return wide + -(-(len(text) - wide) // 3)


def _chunk(text: str, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
    if run_manager:
        run_manager.on_llm_new_token(text, chunk=chunk)
    return chunk


def _closing(last: Piece, model_name: str, first_s: float | None, total_s: float) -> ChatGenerationChunk:
    """The empty last chunk that carries the figures. ``tokens_per_s`` counts from the first token on."""
    made, read = last.output_tokens or 0, last.input_tokens or 0
    writing_s = total_s - (first_s or 0.0)
    figures: dict[str, Any] = {
        "finish_reason": last.finish_reason or "stop",
        "model_name": model_name,
        "first_token_s": round(first_s if first_s is not None else total_s, 3),
        "tokens_per_s": round((made - 1) / writing_s, 1) if made > 1 and writing_s > 0 else 0.0,
    }
    usage = UsageMetadata(input_tokens=read, output_tokens=made, total_tokens=read + made)
    message = AIMessageChunk(
        content="", response_metadata=figures, usage_metadata=usage, chunk_position="last"
    )
    return ChatGenerationChunk(message=message, generation_info={"finish_reason": figures["finish_reason"]})
