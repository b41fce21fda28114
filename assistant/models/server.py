"""A model behind any server that speaks the OpenAI chat protocol: vLLM, TGI, Ollama, llama.cpp.

Owns the address, the limits of a call and the plain words for what goes wrong. Never repeats what a server answered:
error bodies may hold the patient's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr

from assistant.errors import BedsideError, ModelBusy, ModelFailed, ModelNotFound, ModelTimeout
from assistant.models.chat import HaltingChatModel, Limits, Piece
from assistant.models.turn import Halt

NO_KEY = "none"


class ServerChatModel(HaltingChatModel):
    """Greedy (temperature 0), streamed, never retried: a retry of a long draft would hide a slow server."""

    url: str
    host: str
    through_proxy: bool = False
    """True obeys the environment's proxy: for servers outside the walls alone."""
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

        from assistant.models.chat_protocol import ProtocolBroken, StatusRefused, chat_pieces

        try:
            yield from chat_pieces(
                self.url,
                self._api_key,
                self.model_name,
                messages,
                stop=limits.stop,
                max_new_tokens=limits.max_new_tokens,
                halt=halt,
                through_proxy=self.through_proxy,
            )
        except (httpx.HTTPError, httpx.InvalidURL, ProtocolBroken, StatusRefused, UnicodeError) as error:
            raise self._plain(error, halt) from None  # the cause may quote what was sent

    def _plain(self, error: Exception, halt: Halt) -> BedsideError:
        """One line for the user, by the kind of failure."""
        import httpx

        from assistant.models.chat_protocol import StatusRefused

        where = f"The model server at {self.host}"
        if isinstance(error, StatusRefused):
            return self._refused(where, error.status)
        if isinstance(error, httpx.TimeoutException):
            if halt.left_s > 0:
                return ModelTimeout(
                    f"{where} did not accept the connection in time. Check that it runs and MODEL's address."
                )
            return ModelTimeout(
                f"{where} did not finish within {halt.timeout_s:g} s. Ask for less or raise MODEL_TIMEOUT_S."
            )
        if isinstance(error, httpx.HTTPError):
            return ModelFailed(f"{where} cannot be reached or broke off. Start it, or set MODEL to another.")
        return ModelFailed(
            f"{where} gave an answer that could not be read. Check that it speaks the OpenAI chat protocol."
        )

    def _refused(self, where: str, status: int) -> BedsideError:
        if status in (401, 403):
            return ModelFailed(f"{where} refused the key. Set MODEL_API_KEY to one it accepts.")
        if status == 404:
            return ModelFailed(
                f"{where} does not serve {self.model_name!r} at this address. Check both parts of MODEL."
            )
        if status in (429, 503):
            return ModelBusy(f"{where} has too many requests. Try again in a minute.")
        if status in (400, 413, 422):
            return ModelFailed(
                f"{where} refused the request; the text may be longer than it reads. Ask about a shorter record, or start "
                "the server with a longer context."
            )
        if 300 <= status < 400:
            return ModelFailed(
                f"{where} sends on to another address (HTTP {status}), which is not followed. Put the last address in MODEL."
            )
        return ModelFailed(f"{where} failed (HTTP {status}). Look at its log, then ask again.")
