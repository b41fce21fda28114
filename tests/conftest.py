"""No network, no telemetry, and one loaded small model for the whole run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["ANONYMIZED_TELEMETRY"] = "False"
os.environ["LANGSMITH_TRACING"] = "false"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

if TYPE_CHECKING:
    from assistant.models.local import LocalChatModel


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Kept between runs, so that the embedded model is converted once."""
    return Path(__file__).parent.parent / "var" / "models"


@pytest.fixture(scope="session")
def small_model(model_cache: Path) -> LocalChatModel:
    """The real embedded model. Tests that use it carry ``@pytest.mark.model``."""
    from assistant.models.base import open_chat_model
    from assistant.models.local import LocalChatModel

    model = open_chat_model("default", cache_dir=model_cache)
    assert isinstance(model, LocalChatModel)
    return model
