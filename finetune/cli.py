"""The command line of fine-tuning: JSON alone on standard output, progress on standard error.

Exits 0 on success, 2 on bad usage or input with one line, 1 on any other failure.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.errors import BedsideError
from finetune.adapter_commands import app as adapter_commands
from finetune.errors import FineTuneError

app = typer.Typer(
    name="finetune",
    help="Fine-tune Bedside's local model: prepare data, train an adapter, measure it, export it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(adapter_commands)
Base = Annotated[str, typer.Option("--base", help="Base model, as MODEL spells it: default, or local:PATH")]
Adapter = Annotated[Path, typer.Option("--adapter", help="Folder that training wrote")]


@app.command()
def prepare(
    out: Annotated[Path, typer.Option("--out", help="Folder for the examples and their data card")],
    notes: Annotated[int, typer.Option("--notes", min=0, help="Notes to make")] = 3400,
    questions: Annotated[
        int, typer.Option("--questions", min=0, help="Questions over guidelines to make")
    ] = 420,
    charts: Annotated[
        int, typer.Option("--charts", min=0, help="Examples from made-up stays, over all tasks")
    ] = 2600,
    held: Annotated[int, typer.Option("--held", min=1, help="Held-out notes, of other styles")] = 240,
    own: Annotated[
        list[Path] | None, typer.Option("--own", help="Your team's own rows, as JSON lines")
    ] = None,
    from_signed: Annotated[
        bool, typer.Option("--from-signed", help="Add signed documents of the app's store, redacted")
    ] = False,
    from_feedback: Annotated[
        bool, typer.Option("--from-feedback", help="Add edits and thumbs of the app's store, redacted")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same examples")] = 7,
    base: Base = "default",
) -> None:
    """Make training examples with known right answers, split and counted."""
    from finetune.own_data import from_own

    gathered = [from_own(path, seed) for path in own or ()]
    if from_signed or from_feedback:
        gathered += _from_store(from_signed, from_feedback, seed)
    tokenizer = _tokenizer(base)
    from finetune.prepare import prepare as run
    from knowledge.formulary import open_formulary

    counts = {"notes": notes, "questions": questions, "charts": charts, "held": held}
    _print(run(out, open_formulary(), tokenizer, seed=seed, gathered=gathered, **counts))


@app.command()
def synthesize(
    out: Annotated[Path, typer.Option("--out", help="New folder for the charts and truth.jsonl")],
    charts: Annotated[int, typer.Option("--charts", min=1, help="Charts to make")] = 20,
    held: Annotated[bool, typer.Option("--held", help="Use the forms that training never sees")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same charts")] = 7,
) -> None:
    """Write made-up charts with what is true of them, each marked as synthetic."""
    from finetune.stays import write_charts
    from finetune.synthesize import drug_names
    from knowledge.formulary import open_formulary

    if out.exists() and any(out.iterdir()):
        raise FineTuneError(f"{out} is not empty. Name a new folder.")
    write_charts(out, charts, seed, drug_names(open_formulary()), held=held)
    _print({"charts": charts, "folder": str(out), "seed": seed})


@app.command()
def train(
    config: Annotated[Path, typer.Option("--config", help="A recipe: finetune/configs/….yaml")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint")] = False,
) -> None:
    """Train a LoRA adapter by a recipe."""
    from finetune.recipe import read_recipe

    recipe = read_recipe(config)
    wanted = "train.jsonl" if recipe.method == "sft" else "pairs.jsonl"
    if not (recipe.data / wanted).is_file():
        raise FineTuneError(
            f"{config}: data {recipe.data} has no {wanted}. Its first lines say how to make it."
        )
    cache = _cache_dir()
    from finetune.train import train as run

    # TRL names arguments by their older names; users can change nothing about it.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    progress = run(recipe, cache, resume=resume, say=lambda line: print(line, file=sys.stderr, flush=True))
    if os.environ.get("RANK", "0") != "0":
        return  # of several processes one tells the result
    _print(
        {
            "adapter": str(recipe.out),
            "steps": progress.step,
            "seconds": round(progress.seconds, 1),
            "losses": progress.losses,
            "held_losses": progress.held_losses,
            "stopped_early": progress.stopped_early,
        }
    )


@app.command()
def evaluate(
    adapter: Adapter,
    out: Annotated[Path, typer.Option("--out", help="JSON report to write")],
    base: Base = "default",
    notes: Annotated[int, typer.Option("--notes", min=1, help="Held-out synthetic notes")] = 80,
    questions: Annotated[int, typer.Option("--questions", min=1, help="Held-out questions")] = 24,
    charts: Annotated[int, typer.Option("--charts", min=0, help="Chart statements at most; 0 asks all")] = 0,
    requests: Annotated[int, typer.Option("--requests", min=0, help="Harmful requests at most")] = 12,
    prompts: Annotated[
        str, typer.Option("--prompts", help="app: the base gets worked examples; same: neither does")
    ] = "app",
    own_charts: Annotated[
        Path | None,
        typer.Option("--own-charts", help="Folder of your .txt charts, instead of this project's"),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option("--before", help="Earlier report on the same base: its figures are taken over"),
    ] = None,
) -> None:
    """Measure base against adapter on the same notes, questions and requests; raw replies, before verification."""
    if prompts not in ("app", "same"):
        raise FineTuneError(f"--prompts {prompts}: expected app or same.")
    cache = _cache_dir()
    if not adapter.is_dir():
        raise FineTuneError(f"{adapter}: there is no such folder. Name one that training wrote.")
    from assistant.models.adapters import merge_adapter
    from assistant.models.loading import find_base, load
    from finetune.evaluate import asked_sha256, chart_notes, held_examples, measured_before, thinned
    from finetune.evaluate import evaluate as run
    from finetune.gate import gate
    from finetune.report import table
    from knowledge.formulary import open_formulary

    formulary = open_formulary()
    examples = held_examples(formulary, notes=notes, questions=questions, requests=requests)
    statements = thinned(chart_notes(formulary, own=own_charts), charts)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    loaded = load(find_base(base, cache))
    report: dict[str, Any] = {"base": loaded.base.name, "adapter": adapter.resolve().name, "prompts": prompts}
    worked = prompts == "app"
    report["asked_sha256"] = asked_sha256(loaded, examples, statements, worked_examples=worked)
    report["before"] = (
        measured_before(before, report["asked_sha256"])
        if before is not None
        else run(loaded, examples, statements, formulary, worked_examples=worked, say=say)
    )
    tuned, checked = merge_adapter(loaded, adapter)
    report["weights_sha256"] = checked.manifest.weights_sha256
    report["after"] = run(tuned, examples, statements, formulary, worked_examples=False, say=say)
    report["table"] = table(report["before"], report["after"])
    report["gate"] = gate(report).model_dump(mode="json")
    html = _write_report(report, out)
    print(report["table"], file=sys.stderr)
    parts = {part: _figures(report[part]) for part in ("before", "after")}
    _print({"report": str(out), "html": str(html), "gate": report["gate"], **parts})


def _write_report(report: dict[str, Any], out: Path) -> Path:
    """As JSON, and as a page beside it, whose path is returned."""
    from finetune.report import page

    html = out.with_suffix(".html")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")
    html.write_text(page(report), "utf-8")
    return html


@app.command()
def export(
    adapter: Adapter,
    out: Annotated[Path, typer.Option("--out", help="New folder for the merged model")],
    base: Base = "default",
) -> None:
    """Fold an adapter into its base: a folder that plain transformers loads."""
    cache = _cache_dir()
    from assistant.models.loading import find_base, load
    from finetune.export import export as run

    _print({"model": str(run(load(find_base(base, cache)), adapter, out))})


def main() -> None:
    """Errors as one line on standard error, with the contract's exit status."""
    try:
        app()
    except FineTuneError as error:
        print(f"finetune: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except BedsideError as error:
        print(f"finetune: {error}", file=sys.stderr)
        raise SystemExit(getattr(error, "exit_code", 1)) from error


def _cache_dir() -> Path:
    from assistant.wiring import load_settings, quiet_dependencies

    quiet_dependencies()
    return load_settings().model_cache_dir


def _tokenizer(base: str) -> Any:
    cache = _cache_dir()
    from transformers import AutoTokenizer

    from assistant.models.loading import find_base

    return AutoTokenizer.from_pretrained(find_base(base, cache).folder, local_files_only=True)


def _from_store(signed: bool, feedback: bool, seed: int) -> list[Any]:
    from assistant.store import operator
    from assistant.store.learning import Learning
    from assistant.wiring import load_settings, open_records
    from finetune.own_data import from_feedback as of_feedback
    from finetune.own_data import from_signed as of_signed

    settings = load_settings()
    if not settings.learn_from_use:
        raise FineTuneError(
            "Learning from signed documents and feedback is off. Where your hospital has agreed to it, set LEARN_FROM_USE=true."
        )
    store = open_records(settings)
    try:
        learning = Learning(store.audit)
        works = learning.signed(operator())
        gathered = [of_signed(works, seed)] if signed else []
        if feedback:
            gathered.append(of_feedback(works, learning.rated(operator()), seed))
    finally:
        store.close()
    return gathered


def _figures(part: dict[str, Any]) -> dict[str, Any]:
    return {name: {k: v for k, v in group.items() if k != "replies"} for name, group in part.items()}


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))
