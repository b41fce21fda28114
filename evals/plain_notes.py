"""What the untuned model writes when it is given a whole conversation and asked for a note: slow, so kept row by row.

``python -m evals.plain_notes`` writes what is missing and can be stopped at any time; ``python -m evals notes`` goes on from
there. A kept text is used again only for the same model, the same instruction and the same conversation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from evals.suite import data_folder, read_rows

T = TypeVar("T")
EVERY = 7
"""The fixed sample is every seventh conversation, the first 12 of them: all three sources, short and long."""
SAMPLE = 12
MAX_TOKENS = 400
TIMEOUT_S = 600.0
SYSTEM = "You write clinical notes."
INSTRUCTION = (
    "Write a clinical visit note (SOAP: subjective, objective, assessment, plan) of this conversation."
)


def sample_of(rows: Sequence[T]) -> list[T]:
    return list(rows[::EVERY][:SAMPLE])


def plain_output(dialogues: Sequence[str]) -> list[str]:
    """A note of each conversation by the model of the settings; kept texts first, the rest written now and kept."""
    from assistant.wiring import build, load_settings

    settings = load_settings()
    path = Path(settings.bedside_home) / "evals" / "plain_notes.jsonl"
    kept = {row["key"]: row["text"] for row in read_rows(path)} if path.exists() else {}
    keys = [_key(settings.model, dialogue) for dialogue in dialogues]
    missing = [(k, d) for k, d in zip(keys, dialogues, strict=True) if k not in kept]
    if missing:
        model = build(settings.model_copy(update={"adapter": "none"})).conversation.services.model
        path.parent.mkdir(parents=True, exist_ok=True)
        for key, dialogue in missing:
            kept[key] = _write(model, dialogue)
            with path.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"key": key, "text": kept[key]}, ensure_ascii=False) + "\n")
    return [kept[key] for key in keys]


def _write(model: object, dialogue: str) -> str:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import HumanMessage, SystemMessage

    assert isinstance(model, BaseChatModel)
    messages = [SystemMessage(SYSTEM), HumanMessage(f"{INSTRUCTION}\n\n{dialogue}")]
    return str(model.invoke(messages, max_new_tokens=MAX_TOKENS, timeout_s=TIMEOUT_S).content)


def _key(model: str, dialogue: str) -> str:
    return hashlib.sha256(
        "\x1f".join((model, SYSTEM, INSTRUCTION, str(MAX_TOKENS), dialogue)).encode()
    ).hexdigest()


if __name__ == "__main__":
    rows = list(read_rows(data_folder() / "aci_bench" / "dev.jsonl"))
    print(len(plain_output([str(row["dialogue"]) for row in sample_of(rows)])), "notes are there")  # noqa: T201
