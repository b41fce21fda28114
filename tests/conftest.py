"""No network, no telemetry, and one loaded small model for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator
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
    from knowledge.formulary import Formulary
    from knowledge.open import Library

SHELVED = (
    "community-acquired-pneumonia-ats-2025",
    "heart-failure-aha-acc-hfsa-2022",
    "hip-fracture-nice-cg124-apta-2021",
    "hypertension-adults-esc-2024",
    "type-2-diabetes-cds-2024",
)


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


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A few starter guidelines, English and Chinese, with the real embedding model."""
    from knowledge.open import STARTER, open_library

    with open_library(tmp_path_factory.mktemp("shelf")) as library:
        library.ingest([STARTER / f"{name}.md" for name in SHELVED])
        yield library


@pytest.fixture(scope="session")
def formulary() -> Formulary:
    from knowledge.formulary import open_formulary

    return open_formulary()
