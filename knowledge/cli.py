"""The command line of the guideline library; the shapes are those of the published contract.

JSON alone goes to standard output, progress to standard error. Exit codes: 0 done, 2 bad usage or input, 1 other failure.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from knowledge.errors import BadQueries, KnowledgeError

app = typer.Typer(
    help="Clinical guidelines: take documents in, search them, list, show and remove them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Store = Annotated[
    Path | None, typer.Option("--store", help="Directory of the store; the app's own where it is left out.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="JSON to standard output (also where it is not a terminal).")
]
Count = Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")]

Language = Annotated[str | None, typer.Option(help="Only guidelines in this language: en, zh.")]
Collections = Annotated[
    list[str] | None, typer.Option("--collection", help="Only this collection; may be repeated.")
]
Publishers = Annotated[
    list[str] | None,
    typer.Option("--publisher", help="Only this publisher, or its initials; may be repeated."),
]
YearFrom = Annotated[int | None, typer.Option(help="Published in this year or later.")]
YearTo = Annotated[int | None, typer.Option(help="Published in this year or before.")]
Populations = Annotated[
    list[str] | None, typer.Option("--population", help="adults, children, pregnancy …; may be repeated.")
]
Grades = Annotated[
    list[str] | None,
    typer.Option(
        "--grade", help="As printed (Class I, 1B, 强推荐), or strong, weak, against; may be repeated."
    ),
]
TopicsAsked = Annotated[
    list[str] | None, typer.Option("--topic", help="A condition, abbreviations allowed; may be repeated.")
]


def _filters(
    language: str | None,
    collections: list[str] | None,
    publishers: list[str] | None,
    years: tuple[int | None, int | None],
    populations: list[str] | None,
    grades: list[str] | None,
    topics: list[str] | None,
) -> dict[str, Any]:
    """Keywords of ``Library.search``; an option that was not given is no filter."""
    return {
        "language": language,
        "collections": collections or None,
        "publishers": publishers or None,
        "year_from": years[0],
        "year_to": years[1],
        "populations": populations or None,
        "grades": grades or None,
        "topics": topics or None,
    }


def default_store() -> Path:
    """``$BEDSIDE_HOME/knowledge``, or ``var/knowledge`` below the working directory."""
    return Path(os.environ.get("BEDSIDE_HOME") or "var") / "knowledge"


@contextmanager
def _library(store: Path | None) -> Iterator[Any]:
    from knowledge import open_library

    with _progress("Starter guidelines") as progress:
        library = open_library(
            store or default_store(),
            embedding_model=os.environ.get("EMBEDDING_MODEL") or None,
            rerank_model=os.environ.get("RERANK_MODEL") or None,
            starter=store is None,
            chroma_url=os.environ.get("CHROMA_URL", ""),
            progress=progress,
        )
    try:
        yield library
    finally:
        library.close()


@contextmanager
def _progress(what: str) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, visible=False)

        def report(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name, visible=True)

        yield report


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


@app.command()
def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="PDF, HTML, Markdown, DOCX, TXT or JSONL files, or folders of them.")
    ],
    store: Store = None,
    collection: Annotated[str, typer.Option(help="Collection the documents go into.")] = "library",
) -> None:
    """Take documents in; a document of the same id is replaced, a damaged file is reported and skipped."""
    with _library(store) as library, _progress("Ingest") as progress:
        report = library.ingest(paths, collection=collection, progress=progress)
    for skipped in report.skipped:
        print(f"skipped {skipped.path}: {skipped.reason}", file=sys.stderr)
    _print(
        {
            "documents": report.documents,
            "passages": report.passages,
            "skipped": [asdict(s) for s in report.skipped],
        }
    )
    if report.skipped and not report.documents:
        raise typer.Exit(2)


@app.command()
def search(
    query: str,
    k: Count = 10,
    store: Store = None,
    as_json: AsJson = False,
    language: Language = None,
    collection: Collections = None,
    publisher: Publishers = None,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    population: Populations = None,
    grade: Grades = None,
    topic: TopicsAsked = None,
) -> None:
    """Search the guidelines."""
    filters = _filters(language, collection, publisher, (year_from, year_to), population, grade, topic)
    with _library(store) as library:
        result = library.search(query, k, **filters)
    if as_json or not sys.stdout.isatty():
        _print(result.to_json())
        return
    _show_hits(result)


def _show_hits(result: Any) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    if result.abstained:
        console.print("[yellow]Nothing in the library answers this. The nearest passages:[/yellow]")
    for number, hit in enumerate(result.passages, 1):
        p = hit.passage
        source = ", ".join(part for part in (p.publisher, p.edition, p.published) if part)
        mark = f" [red](superseded by {escape(p.superseded_by)})[/red]" if p.superseded_by else ""
        console.print(
            f"[bold]{number}. {escape(p.title)}[/bold] {escape(source)}{mark}  [dim]{hit.score:.2f}[/dim]"
        )
        if p.section or p.grade:
            console.print(f"   [cyan]{escape(p.section)}[/cyan] {escape(p.grade)}")
        console.print(f"   {escape(p.text)}\n")


@app.command("batch-search")
def batch_search(
    queries: Annotated[Path, typer.Option("--in", help="JSONL with query_id and query.")],
    hits: Annotated[Path, typer.Option("--out", help="JSONL to write.")],
    k: Count = 10,
    store: Store = None,
    language: Language = None,
    collection: Collections = None,
    publisher: Publishers = None,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    population: Populations = None,
    grade: Grades = None,
    topic: TopicsAsked = None,
) -> None:
    """Search for every row of a file; a bad row gives query_id and error, and the run goes on."""
    filters = _filters(language, collection, publisher, (year_from, year_to), population, grade, topic)
    try:
        lines = [(n, raw) for n, raw in enumerate(queries.read_bytes().splitlines(), 1) if raw.strip()]
    except OSError as error:
        raise BadQueries(
            f"{queries} cannot be read ({error.strerror}). Name a JSONL file with query_id and query."
        ) from error
    failed = 0
    with _library(store) as library, _progress("Search") as progress, _writable(hits) as out:
        for done, (number, raw) in enumerate(lines, 1):
            row = _answer(library, raw, number, k, filters)
            failed += "error" in row
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            progress(done, len(lines), "")
    _print({"queries": len(lines), "failed": failed, "out": str(hits)})


@contextmanager
def _writable(path: Path) -> Iterator[Any]:
    try:
        stream = path.open("w", encoding="utf-8")
    except OSError as error:
        raise BadQueries(f"{path} cannot be written ({error.strerror}). Name another --out.") from error
    with stream:
        yield stream


def _answer(library: Any, raw: bytes, number: int, k: int, filters: dict[str, Any]) -> dict[str, Any]:
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return {
            "query_id": None,
            "error": f"row {number} is not valid JSON. Each row needs query_id and query.",
        }
    if not isinstance(row, dict):
        return {"query_id": None, "error": f"row {number} must be an object with query_id and query."}
    query = row.get("query")
    if not isinstance(query, str) or not query.strip():
        return {
            "query_id": row.get("query_id"),
            "error": f"row {number}: 'query' must be text that is not empty.",
        }
    started = time.perf_counter()
    found = library.search(query, k, **filters).to_json()
    return {
        "query_id": row.get("query_id", number),
        **found,
        "seconds": round(time.perf_counter() - started, 4),
    }


@app.command("list")
def list_documents(store: Store = None, as_json: AsJson = False) -> None:
    """List the documents, superseded editions included."""
    with _library(store) as library:
        found = library.documents()
    if as_json or not sys.stdout.isatty():
        _print({"documents": [_summary(g) for g in found]})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "title", "publisher", "edition", "published", "language", "superseded by")
    for g in found:
        table.add_row(g.doc_id, g.title, g.publisher, g.edition, g.published, g.language, g.superseded_by)
    Console().print(table)


def _summary(guideline: Any) -> dict[str, Any]:
    row = asdict(guideline)
    row.pop("text")
    return row | {"characters": len(guideline.text), "superseded_by": guideline.superseded_by or None}


@app.command()
def show(doc_id: str, store: Store = None, as_json: AsJson = False) -> None:
    """Show one document."""
    with _library(store) as library:
        guideline, passages = library.document(doc_id), library.passages(doc_id)
    if as_json or not sys.stdout.isatty():
        shown = [
            {
                "passage_id": p.passage_id,
                "section": p.section,
                "start": p.start,
                "end": p.end,
                "grade": p.grade,
                "page": p.page,
            }
            for p in passages
        ]
        _print(_summary(guideline) | {"text": guideline.text, "passages": shown})
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(guideline.text))


@app.command()
def remove(doc_id: str, store: Store = None) -> None:
    """Take one document out."""
    with _library(store) as library:
        library.remove(doc_id)
    _print({"removed": doc_id})


@app.command()
def reindex(store: Store = None) -> None:
    """Throw the vector index away and make it again from the library."""
    with _library(store) as library:
        _print({"passages": library.reindex()})


def main() -> None:
    """Runs the command line; what the library refuses is one line on standard error."""
    try:
        app()
    except KnowledgeError as error:
        print(str(error), file=sys.stderr)
        sys.exit(error.exit_code)
