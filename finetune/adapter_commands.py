"""``python -m finetune adapters …``: list, approve, use, roll back. The same acts as in the administration page, audited.

Owns the words of these commands. The rules are ``gate``'s, the registry's and the store's.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finetune.errors import FineTuneError

if TYPE_CHECKING:
    from assistant.models.adapter_registry import AdapterRegistry
    from assistant.store import Actor, Store

app = typer.Typer(
    name="adapters", help="The adapters on this machine: list, approve, use, roll back.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="An adapter's name, as `adapters list` shows it")]


@app.command("list")
def list_adapters() -> None:
    """Every adapter with its gate, and which one is in use."""
    registry = _registry()
    current = registry.current().name
    rows = [
        {
            "name": a.name,
            "folder": str(a.folder),
            "base": a.manifest.base if a.manifest else None,
            "approved": not a.refusal,
            "refusal": a.refusal,
            "in_use": a.name == current,
        }
        for a in registry.adapters()
    ]
    _print({"in_use": current or None, "adapters": rows})


@app.command()
def approve(
    name: Name,
    report: Annotated[Path, typer.Option("--report", help="What `evaluate` wrote for exactly these weights")],
) -> None:
    """Put an evaluation before the gate, and write its result into the adapter's manifest; exit 2 where it fails."""
    from assistant.adapters_in_use import reviewed
    from finetune.gate import gate

    adapter = _registry().named(name)
    found = _read_report(report)
    if adapter.manifest is None:
        raise FineTuneError(adapter.refusal)
    if found["weights_sha256"] != adapter.manifest.weights_sha256:
        raise FineTuneError(f"{report} measured other weights than those of {name}. Run evaluate again.")
    result = gate(found)
    with _store() as (store, actor):
        reviewed(store, actor, name, lambda folder: _write(folder, found, report), adapter.folder)
    _print({"name": name, **result.model_dump(mode="json")})
    if not result.passed:
        raise FineTuneError(f"{name} did not pass the gate: {' '.join(result.reasons)}")


@app.command()
def use(name: Annotated[str, typer.Argument(help="An approved adapter; `none` for the base alone")]) -> None:
    """Use an approved adapter from the next start, or page load, on."""
    from assistant.adapters_in_use import use as choose

    registry = _registry()
    with _store() as (store, actor):
        choose(registry, store, actor, "" if name == "none" else name)
    _print({"in_use": registry.current().name or None})


@app.command()
def rollback() -> None:
    """Go back to what was in use before."""
    from assistant.adapters_in_use import roll_back

    with _store() as (store, actor):
        _print({"in_use": roll_back(_registry(), store, actor) or None})


def _write(folder: Path, found: dict[str, Any], report: Path) -> None:
    """Figures without the replies: those of a team's own notes stay in the report."""
    from assistant.models.manifest import read_manifest, write_manifest
    from finetune.gate import gate
    from finetune.model_card import model_card

    manifest = read_manifest(folder)
    measured = {
        side: {
            name: {k: v for k, v in group.items() if k != "replies"} for name, group in found[part].items()
        }
        for side, part in (("base", "before"), ("adapter", "after"))
    }
    figures = {**manifest.figures, "evaluation": measured, "table": found["table"]}
    manifest = manifest.model_copy(update={"figures": figures, "gate": gate(found)})
    write_manifest(folder, manifest)
    (folder / "MODEL_CARD.md").write_text(model_card(manifest), "utf-8")
    kept = {**found, "before": measured["base"], "after": measured["adapter"]}
    (folder / "evaluation.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False), "utf-8")
    html = report.with_suffix(".html")
    if html.is_file():
        shutil.copyfile(html, folder / "evaluation.html")


def _read_report(path: Path) -> dict[str, Any]:
    wanted = {"before", "after", "table", "weights_sha256"}
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FineTuneError(f"{path} is no report that can be read. Run evaluate first.") from error
    if not isinstance(found, dict) or not wanted <= found.keys():
        raise FineTuneError(f"{path} is no report of this version's evaluate. Run it again.")
    return found


def _registry() -> AdapterRegistry:
    from assistant.models.adapter_registry import AdapterRegistry
    from assistant.wiring import load_settings

    return AdapterRegistry(load_settings().bedside_home)


@contextmanager
def _store() -> Iterator[tuple[Store, Actor]]:
    from assistant.store import operator
    from assistant.wiring import load_settings, open_records

    store = open_records(load_settings())
    try:
        yield store, operator()
    finally:
        store.close()


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))  # noqa: T201
