from __future__ import annotations

from pathlib import Path

import pytest

from finetune import throughput
from finetune.prepare import write_examples
from finetune.recipe import Recipe
from finetune.synthesize import note_examples
from knowledge.formulary import Formulary


@pytest.mark.slow
def test_plain_trl_and_ours_learn_the_same_from_the_same_rows(
    tmp_path: Path, tiny_base: Path, formulary: Formulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "ROWS", 16)
    monkeypatch.setattr(throughput, "HELD", 4)
    write_examples(tmp_path / "train.jsonl", list(note_examples(20, 3, formulary)))
    recipe = Recipe(
        base=f"local:{tiny_base}", data=tmp_path, out=tmp_path / "out", rank=4, learning_rate=1e-3, warmup_steps=0
    )  # fmt: skip
    report = throughput.compare(recipe, tmp_path)
    losses = [row["held_loss"] for row in report.values() if isinstance(row, dict)]
    assert len(losses) == 4
    assert losses == pytest.approx([losses[0]] * 4, rel=0.02)
    assert report["ratio_to_defaults"] > 0
