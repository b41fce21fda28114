"""Training as it is run: in processes of its own, killed without warning, and two at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from finetune.prepare import write_examples
from finetune.synthesize import Example, note_examples
from knowledge.formulary import Formulary

ROOT = Path(__file__).parents[2]
TWO = ROOT / "finetune" / "configs" / "accelerate" / "two_processes.yaml"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, formulary: Formulary) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows: list[Example] = list(note_examples(40, 3, formulary))
    write_examples(folder / "train.jsonl", rows[:34])
    write_examples(folder / "held.jsonl", rows[34:])
    return folder


def _recipe(folder: Path, data: Path, base: Path, name: str, **values: Any) -> Path:
    path = folder / f"{name}.yaml"
    recipe = {
        "base": f"local:{base}", "data": str(data), "out": str(folder / name), "run": str(folder / f"{name}-run"),
        "rank": 4, "learning_rate": 0.01, "pack_tokens": 400, "warmup_steps": 1, "threads": 1, **values,
    }  # fmt: skip
    path.write_text(yaml.safe_dump(recipe), "utf-8")
    return path


def _train(recipe: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "finetune", "train", "--config", str(recipe), *more], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    result: dict[str, Any] = json.loads(out)
    return result


def test_a_run_killed_without_warning_goes_on_along_the_same_loss_curve(
    tmp_path: Path, data: Path, tiny_base: Path
) -> None:
    values = {"epochs": 30, "max_steps": 60, "checkpoint_every": 5}
    whole = _result(_train(_recipe(tmp_path, data, tiny_base, "whole", **values)))
    recipe = _recipe(tmp_path, data, tiny_base, "killed", **values)
    process = _train(recipe)
    mark = tmp_path / "killed-run" / "checkpoint-10" / "bedside_checkpoint.json"
    while not mark.is_file():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "adapter_model.safetensors").exists()
    resumed = _train(recipe, "--resume")
    result = _result(resumed)
    assert result["steps"] == whole["steps"] == 60
    assert result["losses"] == pytest.approx(whole["losses"], rel=1e-4)


def test_two_processes_train_together_and_leave_one_adapter(
    tmp_path: Path, data: Path, tiny_base: Path
) -> None:
    recipe = _recipe(
        tmp_path, data, tiny_base, "two", max_steps=4, epochs=8, checkpoint_every=2, patience=2, held_rows=4
    )
    command = ["accelerate.commands.launch", "--config_file", str(TWO), "-m", "finetune", "train"]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--config", str(recipe)], cwd=ROOT, capture_output=True, text=True,
        timeout=240, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["steps"] == 4
    assert result["losses"][-1] < result["losses"][0]
    assert (tmp_path / "two" / "adapter_model.safetensors").is_file()
    assert done.stderr.count("step 1/4") == 1


def test_a_step_of_two_processes_is_a_step_of_one_with_the_same_packs(
    tmp_path: Path, data: Path, tiny_base: Path
) -> None:
    one = _recipe(tmp_path, data, tiny_base, "one", max_steps=2, epochs=8, packs_per_step=2)
    two = _recipe(tmp_path, data, tiny_base, "two", max_steps=2, epochs=8, packs_per_step=1)
    alone = _result(_train(one))
    done = subprocess.run(
        [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(TWO), "-m", "finetune", "train",
         "--config", str(two)], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["losses"] == pytest.approx(alone["losses"], rel=1e-3)
