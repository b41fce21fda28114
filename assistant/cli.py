"""The command line: everything the page can do, JSON alone on standard output, progress on standard error.

Exits 0 on success, 2 on bad usage or input with one line, 1 on any other failure.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.accountability import audit_app, signed_in, users_app
from assistant.command_options import (
    As,
    Audience,
    Export,
    JsonOption,
    LanguageOption,
    PlanKind,
    Record,
    StoreOption,
    Switch,
    TemplateOption,
)
from assistant.errors import BadInput
from assistant.maintenance import maintenance_app
from assistant.terminal import guarded, print_json

app = typer.Typer(
    name="assistant",
    help="Bedside's assistant: cited answers, discharge summaries, plans and handouts, checked sentence by sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


app.add_typer(audit_app, name="audit")
app.add_typer(users_app, name="users")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in English or Chinese")],
    record: Annotated[
        Path | None, typer.Option("--record", help="A FHIR bundle or a chart to answer about")
    ] = None,
    audience: Annotated[Audience, typer.Option("--audience")] = Audience.clinician,
    language: LanguageOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the guidelines and, with --record, from the record."""
    row = {"question": question, "audience": audience, "language": language}
    _one("ask", row, record, store=store, as_json=as_json)


@app.command()
def discharge(
    record: Record,
    encounter: Annotated[
        str | None, typer.Option("--encounter", help="Id of the encounter; default: the last stay")
    ] = None,
    language: LanguageOption = None,
    template: TemplateOption = None,
    as_json: JsonOption = False,
    export: Export = None,
) -> None:
    """Draft the discharge summary."""
    row = {"encounter": encounter, "language": language, "template": template}
    _one("discharge", row, record, as_json=as_json, export=export)


@app.command()
def plan(
    record: Record,
    kind: Annotated[PlanKind, typer.Option("--kind")] = PlanKind.care,
    language: LanguageOption = None,
    as_json: JsonOption = False,
    export: Export = None,
) -> None:
    """Make a personal care or rehabilitation plan."""
    _one(
        "plan",
        {"kind": kind, "language": language},
        record,
        as_json=as_json,
        export=export,
    )


@app.command()
def handout(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Write what the patient takes home, in plain words."""
    _one("handout", {"language": language}, record, as_json=as_json, export=export)


@app.command()
def note(
    conversation: Annotated[Path, typer.Argument(help="A conversation as text, a line a turn: “Doctor: …”")],
    language: LanguageOption = None,
    as_json: JsonOption = False,
    export: Export = None,
) -> None:
    """Write the visit note (SOAP) of a conversation between clinician and patient."""
    _one("note", {"language": language}, conversation, as_json=as_json, export=export)


@app.command()
def admission(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Draft the admission record (history and physical, 入院记录)."""
    _one("admission", {"language": language}, record, as_json=as_json, export=export)


@app.command()
def referral(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Draft a referral letter."""
    _one("referral", {"language": language}, record, as_json=as_json, export=export)


@app.command()
def handover(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Draft the nursing handover (ISBAR) of a patient on the ward."""
    _one("handover", {"language": language}, record, as_json=as_json, export=export)


@app.command()
def triage(
    text: Annotated[str, typer.Argument(help="A message, as a person wrote it")], as_json: JsonOption = False
) -> None:
    """How urgent is a message? Rules only, no model."""
    from assistant.jobs import triage_row

    result = guarded(lambda: triage_row({"text": text}))
    if as_json:
        print_json(result)
        return
    print(result["urgency"])
    for flag in result["red_flags"]:
        print(f"- {flag['condition']}: “{flag['quote']}” → {flag['action']}")


@app.command()
def redact(
    file: Annotated[Path | None, typer.Argument(help="A text file; default: standard input")] = None,
    as_json: JsonOption = False,
) -> None:
    """Replace names, dates, numbers and addresses by placeholders."""
    from assistant.files import read_text
    from assistant.jobs import redact_row

    result = guarded(lambda: redact_row({"text": read_text(file)}))
    if as_json:
        print_json(result)
    else:
        sys.stdout.write(result["text"])


@app.command()
def health(as_json: JsonOption = False) -> None:
    """Is it alive and ready? Database, audit chain, guideline index, model, disk. Exits 1 where it is not ready."""
    from assistant.health import report
    from assistant.wiring import load_settings

    told = guarded(lambda: report(load_settings()))
    if as_json:
        print_json(told)
    else:
        for check in told["checks"]:
            print(f"{'ready' if check['ok'] else 'NOT READY':9} {check['name']:9} {check['detail']}")
    if not told["ready"]:
        raise typer.Exit(1)


@app.command()
def batch(
    task: Annotated[
        str,
        typer.Argument(
            help="ask, discharge, plan, handout, note, admission, referral, handover, triage or redact"
        ),
    ],
    source: Annotated[Path, typer.Option("--in", help="JSONL, one case a row")],
    target: Annotated[Path, typer.Option("--out", help="JSONL, one result a row")],
    store: StoreOption = None,
    model: Annotated[str | None, typer.Option("--model", help="As the setting MODEL")] = None,
    adapter: Annotated[str | None, typer.Option("--adapter", help="As the setting ADAPTER")] = None,
    verify: Annotated[
        Switch, typer.Option("--verify", help="off shows model text unchecked, for measuring only")
    ] = Switch.on,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep the rows that --out holds already and run the others")
    ] = False,
) -> None:
    """Run one task over many cases with one model load. A bad row gives {"id", "error"} and the run goes on."""
    from assistant.batch import run_batch

    guarded(
        lambda: run_batch(
            task,
            source,
            target,
            store_dir=store,
            model=model,
            adapter=adapter,
            verify=verify is Switch.on,
            resume=resume,
        )
    )


@app.command(name="check-ins")
def check_ins(
    patient: Annotated[str, typer.Option("--patient", help="The patient's id")],
    as_user: As = None,
    language: LanguageOption = None,
) -> None:
    """A patient's check-ins after discharge and questions for the team as JSON, what is urgent first."""
    from datetime import date

    def read() -> dict[str, Any]:
        name = as_user or os.environ.get("BEDSIDE_USER")
        if not name:
            raise BadInput("Nobody is named who reads: the operator opens no patient. Say --as USER.")
        from assistant.after_discharge import as_json

        with signed_in(name) as (store, actor):
            return as_json(store, actor, patient, date.today(), language.value if language else "en")

    print_json(guarded(read))


def _one(
    task: str,
    row: dict[str, Any],
    record: Path | None,
    *,
    store: Path | None = None,
    as_json: bool = False,
    export: Path | None = None,
) -> None:
    from assistant.files import check_export, export_answer
    from assistant.jobs import Job

    def run() -> dict[str, Any]:
        if export is not None:
            check_export(export)
        job = Job.open(task, store_dir=store)
        patient_record = job.read(record, row.get("encounter")) if record else None
        answer = job.answer(row, patient_record)
        if export is not None:
            export_answer(answer, patient_record, export)
        return answer.to_json()

    result = guarded(run)
    if as_json:
        print_json(result)
    else:
        sys.stdout.write(result["text"])


app.add_typer(maintenance_app)


def main() -> None:
    """Entry point of ``python -m assistant``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Any locale; half a surrogate pair leaves as its JSON escape.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app(prog_name="python -m assistant")
    except BrokenPipeError:
        # The reader has gone (`| head`); what is left in the buffer has no one to go to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
