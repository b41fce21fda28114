"""The door to language models: ``open_chat_model`` turns MODEL's value into a LangChain chat model.

Owns what MODEL may say. Heavy imports happen only for the backend asked for. Refuses to read the environment for settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import AdapterRefused, ModelNotFound

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


def open_chat_model(
    model: str = "default",
    *,
    adapter: str | None = None,
    cache_dir: Path,
    max_new_tokens: int = 512,
    timeout_s: float = 120.0,
    queue_size: int = 8,
    api_key: str = "",
) -> BaseChatModel:
    """The chat model that ``default``, ``local:PATH_OR_HUB_NAME``, ``server:URL#NAME`` or ``none`` names.

    Its ``stream`` and ``invoke`` also take ``cancel=threading.Event``, ``timeout_s=`` and ``max_new_tokens=``, and
    raise ModelCancelled, ModelTimeout, ModelBusy or ModelFailed. Opening raises ModelNotFound, AdapterRefused or
    ConfigurationError. A server is not contacted before the first call.
    """
    _keep_traces_here()
    local = model == "default" or model.startswith("local:")
    if adapter and not local:
        raise AdapterRefused(
            f"ADAPTER={adapter} works with a local model only; MODEL is {model}. Leave one of them out."
        )
    if local:
        from assistant.models.adapters import merge_adapter
        from assistant.models.loading import find_base, load
        from assistant.models.local import LocalChatModel

        loaded, adapter_name = load(find_base(model, cache_dir)), None
        if adapter:
            loaded, checked = merge_adapter(loaded, Path(adapter))
            adapter_name = checked.name
        return LocalChatModel.over(
            loaded,
            queue_size=queue_size,
            adapter_name=adapter_name,
            max_new_tokens=max_new_tokens,
            timeout_s=timeout_s,
        )
    if model.startswith("server:"):
        from assistant.models.server import ServerChatModel

        return ServerChatModel.at(model, api_key=api_key, max_new_tokens=max_new_tokens, timeout_s=timeout_s)
    if model == "none":
        from assistant.models.absent import AbsentChatModel

        return AbsentChatModel(model_name="none")
    raise ModelNotFound(
        f"MODEL={model} is not known. Use default, local:PATH_OR_HUB_NAME, server:http://HOST:8000/v1#NAME, or none."
    )


def model_name(model: BaseChatModel) -> str:
    """The name shown with an answer."""
    return str(getattr(model, "model_name", None) or type(model).__name__)


def adapter_name(model: BaseChatModel) -> str | None:
    name = getattr(model, "adapter_name", None)
    return str(name) if name else None


def _keep_traces_here() -> None:
    """LangChain would send every prompt, patient data with it, to a tracing service that the environment names."""
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
        os.environ[name] = "false"
