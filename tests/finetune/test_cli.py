from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.models.loading import find_base, load
from finetune.errors import FineTuneError
from finetune.export import export
from finetune.recipe import Recipe


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "finetune", *arguments], capture_output=True, text=True, timeout=120, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_help_comes_without_loading_a_model() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from finetune.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "assert not {'torch', 'transformers', 'peft'} & set(sys.modules)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "--config", "none.yaml"), "none.yaml"),
        (("train", "--config", "README.md"), "README.md"),
        (("evaluate", "--adapter", "none", "--out", "report.json"), "none"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments: tuple[str, ...], said: str) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_an_export_loads_in_plain_transformers_and_writes_as_the_adapted_model(
    tiny_base: Path, tmp_path: Path, tokenizer: object
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from finetune.prepare import write_examples
    from finetune.synthesize import Example
    from finetune.train import train

    data = tmp_path / "data"
    data.mkdir()
    rows = [Example("course", "own", "own", ("no fever",), "There was no fever [1].")]
    for part in ("train", "held"):
        write_examples(data / f"{part}.jsonl", rows)
    recipe = Recipe(
        base=f"local:{tiny_base}",
        data=data,
        out=tmp_path / "a",
        rank=2,
        epochs=3,
        learning_rate=1e-2,
        run=tmp_path / "run",
    )
    train(recipe, tmp_path, say=lambda line: None)
    out = export(load(find_base(recipe.base, tmp_path)), recipe.out, tmp_path / "merged")
    merged = AutoModelForCausalLM.from_pretrained(out)
    base = AutoModelForCausalLM.from_pretrained(tiny_base)
    name = "model.layers.0.self_attn.q_proj.weight"
    assert not merged.state_dict()[name].equal(base.state_dict()[name])
    assert (
        AutoTokenizer.from_pretrained(out).chat_template
        == AutoTokenizer.from_pretrained(tiny_base).chat_template
    )
    assert json.loads((out / "adapter_manifest.json").read_text("utf-8"))["recipe"]["rank"] == 2
    with pytest.raises(FineTuneError, match="not empty"):
        export(load(find_base(recipe.base, tmp_path)), recipe.out, out)
