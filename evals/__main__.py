"""``python -m evals NAME``: figures, measured now, on this code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from evals.suite import DataMissing, Suite, all_suites, data_path


def main(
    name: Annotated[str, typer.Argument(help="A suite, or `all`")] = "",
    data: Annotated[Path | None, typer.Option("--data", help="Another file of the same fields")] = None,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="For retrieval: the documents to search")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, wrong cases included")] = False,
    list_suites: Annotated[bool, typer.Option("--list", help="Name the suites")] = False,
) -> None:
    """Measures one suite, or all of them in one table."""
    suites = all_suites()
    if list_suites or not name:
        for suite in suites.values():
            print(f"{suite.name:14} {suite.about}")
        return
    if name != "all" and name not in suites:
        print(f"error: there is no suite “{name}”. Suites: {', '.join(suites)}.", file=sys.stderr)
        raise typer.Exit(2)
    if corpus is not None and name != "retrieval":
        print("error: --corpus goes with the suite “retrieval” alone.", file=sys.stderr)
        raise typer.Exit(2)
    chosen = list(suites.values()) if name == "all" else [suites[name]]
    results: dict[str, dict[str, Any]] = {}
    for suite in chosen:
        try:
            results[suite.name] = _run(suite, data, corpus)
        except DataMissing as missing:
            print(f"skipped: {missing}", file=sys.stderr)
    if as_json:
        print(json.dumps(results.get(name, results), ensure_ascii=False, indent=2))
        return
    table = Table("suite", "figure", "value")
    for suite_name, figures in results.items():
        for key, value in figures.items():
            if key != "rows":
                table.add_row(suite_name, key, f"{value:.4g}" if isinstance(value, float) else str(value))
    Console().print(table)
    if not results:
        raise typer.Exit(1)


def _run(suite: Suite, data: Path | None, corpus: Path | None) -> dict[str, Any]:
    path = data_path(suite, data)
    if corpus is not None:
        return suite.run(path, corpus)  # type: ignore[call-arg]
    return suite.run(path)


if __name__ == "__main__":
    typer.run(main)
