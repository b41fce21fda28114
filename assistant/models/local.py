"""A model on this machine: transformers weights, with or without a LoRA adapter, behind LangChain's chat model.

Owns turning messages into ids and ids into text, one call at a time. Refuses to know where weights come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr

from assistant.errors import ModelFailed
from assistant.models.chat import HaltingChatModel, Limits, Piece
from assistant.models.decoding import Decoder, is_looping
from assistant.models.loading import LoadedModel
from assistant.models.turn import Halt, WaitingLine
from assistant.prompting.render import render_prompt

# Ends of a turn in the chat formats of ChatML, Llama 3, Gemma, Phi and Mistral; models often list only one of their own.
TURN_ENDS = (
    "<|im_end|>",
    "<|im_start|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<end_of_turn>",
    "<|end|>",
    "<|endoftext|>",
    "</s>",
)
# A byte-level token that is not yet a whole character decodes to this; the next tokens complete it.
HALF_CHARACTER = "\ufffd"
LOOP_CHECK_EVERY_TOKENS = 8


class LocalChatModel(HaltingChatModel):
    """Greedy, one call at a time; further calls wait in line, ``queue_size`` at most."""

    _loaded: LoadedModel = PrivateAttr()
    _decoder: Decoder = PrivateAttr()
    _line: WaitingLine = PrivateAttr()
    _end_ids: frozenset[int] = PrivateAttr()

    @classmethod
    def over(cls, loaded: LoadedModel, *, queue_size: int = 8, **fields: Any) -> LocalChatModel:
        """A chat model over loaded weights; ``fields`` are this class's own."""
        config = loaded.model.config.get_text_config()
        context = int(getattr(config, "max_position_embeddings", None) or 4096)
        made = cls(model_name=loaded.base.name, max_context_tokens=context, **fields)
        made._loaded = loaded
        made._decoder = Decoder(loaded.model, loaded.device)
        made._line = WaitingLine(queue_size)
        made._end_ids = end_ids(loaded.model, loaded.tokenizer)
        return made

    @property
    def _llm_type(self) -> str:
        return "bedside-local"

    def get_num_tokens(self, text: str) -> int:
        return len(self._loaded.tokenizer.encode(text, add_special_tokens=False))

    def _pieces(self, messages: Sequence[BaseMessage], limits: Limits, halt: Halt) -> Iterator[Piece]:
        import torch

        ids = render_prompt(self._loaded.tokenizer, messages)
        room = self.max_context_tokens - len(ids)
        if room < 1:
            raise ModelFailed(
                f"The text is {len(ids)} tokens long and {self.model_name} reads {self.max_context_tokens}. "
                "Ask about a shorter record, or set MODEL to one with a longer context."
            )
        with self._line.turn(halt):
            try:
                yield from self._decode(ids, min(limits.max_new_tokens, room), halt)
            except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
                self._decoder.forget()
                if not is_out_of_memory(error):
                    raise
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()
                raise ModelFailed(
                    f"Memory ran out while {self.model_name} was writing. Ask about a shorter record, close other "
                    "programs, or set MODEL to a smaller one."
                ) from error

    def _decode(self, prompt_ids: list[int], max_new_tokens: int, halt: Halt) -> Iterator[Piece]:
        ids: list[int] = []
        text = shown = ""
        reason = None
        for new_id in self._decoder.decode(prompt_ids, max_new_tokens, self._end_ids, halt.check):
            ids.append(new_id)
            text = self._loaded.tokenizer.decode(
                ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
            if not text.endswith(HALF_CHARACTER):
                yield Piece(text[len(shown) :], len(prompt_ids), len(ids))
                shown = text
            if len(ids) % LOOP_CHECK_EVERY_TOKENS == 0 and is_looping(ids):
                reason = "repetition"
                break
        reason = reason or ("length" if len(ids) >= max_new_tokens else "stop")
        yield Piece(text.rstrip(HALF_CHARACTER)[len(shown) :], len(prompt_ids), len(ids), reason)


def end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every id that ends the model's turn: those it names itself, and the known chat formats' own."""
    own = model.generation_config.eos_token_id
    named = {*(own if isinstance(own, list) else [own]), tokenizer.eos_token_id}
    added = tokenizer.get_added_vocab()
    return frozenset(
        {i for i in named if i is not None} | {added[mark] for mark in TURN_ENDS if mark in added}
    )


def is_out_of_memory(error: BaseException) -> bool:
    """True for CUDA's own error and for the CPU allocator, which raises a plain RuntimeError."""
    import torch

    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "alloc" in str(error).lower()
