"""A model behind any server that speaks the OpenAI chat protocol: vLLM, TGI, Ollama, llama.cpp.

Owns the address, the limits of a call and the plain words for what goes wrong. Never repeats what a server answered:
error bodies may hold the patient's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from langchain_core.messages import AIMessageChunk, BaseMessage
from pydantic import PrivateAttr

from assistant.errors import BedsideError, ModelBusy, ModelFailed, ModelNotFound, ModelTimeout
from assistant.models.chat import HaltingChatModel, Limits, Piece
from assistant.models.turn import Halt

CONNECT_S = 5.0
NO_KEY = "none"


class ServerChatModel(HaltingChatModel):
    """Greedy (temperature 0), streamed, never retried: a retry of a long draft would hide a slow server."""

    url: str
    host: str
    _api_key: str = PrivateAttr(default=NO_KEY)

    @classmethod
    def at(cls, model: str, *, api_key: str = "", **fields: Any) -> ServerChatModel:
        """From ``server:URL#NAME``; raises ModelNotFound where a part is missing. Does not contact the server."""
        url, _, name = model.removeprefix("server:").partition("#")
        try:
            parts = urlsplit(url)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            parts, port = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not parts.hostname or not name.strip():
            raise ModelNotFound(
                "MODEL=server:… needs an address and a model name, like server:http://localhost:8000/v1#Qwen/Qwen3-8B."
            )
        made = cls(model_name=name.strip(), url=url, host=f"{parts.hostname}{port}", **fields)
        made._api_key = api_key or NO_KEY
        return made

    @property
    def _llm_type(self) -> str:
        return "bedside-server"

    def _pieces(self, messages: Sequence[BaseMessage], limits: Limits, halt: Halt) -> Iterator[Piece]:
        import httpx
        import openai

        read, made, reason = 0, 0, None
        try:
            for chunk in self._client(limits, halt).stream(list(messages), **_stops(limits)):
                halt.check()
                usage = chunk.usage_metadata or {}
                read = max(read, usage.get("input_tokens", 0))
                made = max(made + bool(chunk.content), usage.get("output_tokens", 0))
                reason = chunk.response_metadata.get("finish_reason") or reason
                yield Piece(_text(chunk), read or None, made or None, reason)
        except (openai.OpenAIError, httpx.HTTPError) as error:
            raise self._plain(error, halt) from error

    def _client(self, limits: Limits, halt: Halt) -> Any:
        import httpx
        from langchain_openai.chat_models.base import BaseChatOpenAI

        # BaseChatOpenAI sends max_tokens; ChatOpenAI renames it to a field that several servers do not know.
        return BaseChatOpenAI(
            model=self.model_name,
            base_url=self.url,
            api_key=self._api_key,
            timeout=httpx.Timeout(max(halt.left_s, 0.1), connect=min(CONNECT_S, max(halt.left_s, 0.1))),
            max_retries=0,
            max_tokens=limits.max_new_tokens,
            temperature=0.0,
            stream_usage=True,
        )

    def _plain(self, error: Exception, halt: Halt) -> BedsideError:
        """One line for the user, by the kind of failure."""
        import httpx
        import openai

        where = f"The model server at {self.host}"
        if isinstance(error, (openai.APITimeoutError, httpx.TimeoutException)):
            if halt.left_s > 0:
                return ModelTimeout(
                    f"{where} did not accept the connection in time. Check that it runs and MODEL's address."
                )
            return ModelTimeout(
                f"{where} did not finish within {halt.timeout_s:g} s. Ask for less or raise MODEL_TIMEOUT_S."
            )
        if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
            return ModelFailed(f"{where} refused the key. Set MODEL_API_KEY to one it accepts.")
        if isinstance(error, openai.NotFoundError):
            return ModelFailed(
                f"{where} does not serve {self.model_name!r} at this address. Check both parts of MODEL."
            )
        if isinstance(error, openai.RateLimitError):
            return ModelBusy(f"{where} has too many requests. Try again in a minute.")
        if isinstance(error, openai.BadRequestError):
            return ModelFailed(
                f"{where} refused the request; the text may be longer than it reads. Ask about a shorter record, or start "
                "the server with a longer context."
            )
        if isinstance(error, openai.APIStatusError):
            return ModelFailed(f"{where} failed (HTTP {error.status_code}). Look at its log, then ask again.")
        if isinstance(error, (openai.APIConnectionError, httpx.HTTPError)):
            return ModelFailed(f"{where} cannot be reached or broke off. Start it, or set MODEL to another.")
        return ModelFailed(
            f"{where} gave an answer that could not be read. Check that it speaks the OpenAI chat protocol."
        )


def _stops(limits: Limits) -> dict[str, Any]:
    return {"stop": list(limits.stop)} if limits.stop else {}


def _text(chunk: AIMessageChunk) -> str:
    return chunk.content if isinstance(chunk.content, str) else str(chunk.text)
