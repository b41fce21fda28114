"""``MODEL=none``: the assistant without a language model, answering from evidence alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from langchain_core.messages import BaseMessage

from assistant.errors import ModelFailed
from assistant.models.chat import HaltingChatModel, Limits, Piece
from assistant.models.turn import Halt


class AbsentChatModel(HaltingChatModel):
    """Every call raises ModelFailed, so that the callers' own fallback to quoted evidence is what runs."""

    @property
    def _llm_type(self) -> str:
        return "bedside-none"

    def _pieces(self, messages: Sequence[BaseMessage], limits: Limits, halt: Halt) -> Iterator[Piece]:
        raise ModelFailed("No language model is set (MODEL=none). Set MODEL=default for the embedded one.")
