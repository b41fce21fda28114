"""The command line: everything the page can do, JSON alone on standard output, progress on standard error.

Exits 0 on success, 2 on bad usage or input with one line, 1 on any other failure.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from assistant.accountability import As, audit_app, signed_in, users_app
from assistant.errors import BadInput, BedsideError
from assistant.maintenance import add_maintenance
from knowledge.errors import KnowledgeError

app = typer.Typer(
    name="assistant",
    help="Bedside's assistant: cited answers, discharge summaries, plans and handouts, checked sentence by sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


app.add_typer(audit_app, name="audit")
app.add_typer(users_app, name="users")


class Language(StrEnum):
    en = "en"
    zh = "zh"


class Audience(StrEnum):
    clinician = "clinician"
    patient = "patient"


class PlanKind(StrEnum):
    care = "care"
    rehab = "rehab"


class Switch(StrEnum):
    on = "on"
    off = "off"


Record = Annotated[Path, typer.Argument(help="A FHIR R4 bundle (.json) or a chart (.txt, .md, .pdf)")]
LanguageOption = Annotated[
    Language | None, typer.Option("--language", help="Language of the text; default: the record's")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown")]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        help="Also write FILE.docx, .pdf, .md, .json (FHIR document bundle) or .ics (a plan's dates)",
    ),
]
TemplateOption = Annotated[
    str | None,
    typer.Option("--template", help="international, chinese, gp-letter, isbar, or one of BEDSIDE_TEMPLATES"),
]
StoreOption = Annotated[Path | None, typer.Option("--store", help="Guideline store; default: the app's")]


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
    row = {"question": question, "audience": audience.value, "language": language and language.value}
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
    row = {"encounter": encounter, "language": language and language.value, "template": template}
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
        {"kind": kind.value, "language": language and language.value},
        record,
        as_json=as_json,
        export=export,
    )


@app.command()
def handout(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Write what the patient takes home, in plain words."""
    _one("handout", {"language": language and language.value}, record, as_json=as_json, export=export)


@app.command()
def note(
    conversation: Annotated[Path, typer.Argument(help="A conversation as text, a line a turn: “Doctor: …”")],
    language: LanguageOption = None,
    as_json: JsonOption = False,
    export: Export = None,
) -> None:
    """Write the visit note (SOAP) of a conversation between clinician and patient."""
    _one("note", {"language": language and language.value}, conversation, as_json=as_json, export=export)


@app.command()
def admission(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Draft the admission record (history and physical, 入院记录)."""
    _one("admission", {"language": language and language.value}, record, as_json=as_json, export=export)


@app.command()
def referral(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Draft a referral letter."""
    _one("referral", {"language": language and language.value}, record, as_json=as_json, export=export)


@app.command()
def handover(
    record: Record, language: LanguageOption = None, as_json: JsonOption = False, export: Export = None
) -> None:
    """Draft the nursing handover (ISBAR) of a patient on the ward."""
    _one("handover", {"language": language and language.value}, record, as_json=as_json, export=export)


@app.command()
def triage(
    text: Annotated[str, typer.Argument(help="A message, as a person wrote it")], as_json: JsonOption = False
) -> None:
    """How urgent is a message? Rules only, no model."""
    from assistant.jobs import triage_row

    result = _guarded(lambda: triage_row({"text": text}))
    if as_json:
        _print_json(result)
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
    from assistant.jobs import redact_row

    def run() -> dict[str, Any]:
        return redact_row({"text": _read_text(file)})

    result = _guarded(run)
    if as_json:
        _print_json(result)
    else:
        sys.stdout.write(result["text"])


@app.command()
def health(as_json: JsonOption = False) -> None:
    """Is it alive and ready? Database, audit chain, guideline index, model, disk. Exits 1 where it is not ready."""
    from assistant.health import report
    from assistant.wiring import load_settings

    told = _guarded(lambda: report(load_settings()))
    if as_json:
        _print_json(told)
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
    from assistant.jobs import run_batch

    _guarded(
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

    _print_json(_guarded(read))


def _one(
    task: str,
    row: dict[str, Any],
    record: Path | None,
    *,
    store: Path | None = None,
    as_json: bool = False,
    export: Path | None = None,
) -> None:
    from assistant.jobs import Job, check_export, export_answer

    def run() -> dict[str, Any]:
        if export is not None:
            check_export(export)
        job = Job.open(task, store_dir=store)
        patient_record = job.read(record, row.get("encounter")) if record else None
        answer = job.answer(row, patient_record)
        if export is not None:
            export_answer(answer, patient_record, export)
        return answer.to_json()

    result = _guarded(run)
    if as_json:
        _print_json(result)
    else:
        sys.stdout.write(result["text"])


def _read_text(path: Path | None) -> str:
    from assistant.jobs import read_file

    content = read_file(path, "a text file") if path else sys.stdin.buffer.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name = path or "standard input"
        raise BadInput(f"{name}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _guarded(work: Callable[[], Any]) -> Any:
    """Errors as one line on standard error and the exit code they carry; what libraries print goes to standard error."""
    try:
        with redirect_stdout(sys.stderr):
            return work()
    except (BedsideError, KnowledgeError) as error:
        _fail(str(error), error.exit_code)
    except OSError as error:
        _fail(f"{error.filename or 'file'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        _fail("stopped", 1)
    except Exception as error:  # noqa: BLE001 - the outermost edge: a traceback could quote a record
        from assistant.jobs import place_of

        _fail(f"internal error: {place_of(error)}. Please report it.", 1)


def _fail(text: str, exit_code: int) -> NoReturn:
    print(f"error: {' '.join(text.split())}", file=sys.stderr)
    raise typer.Exit(exit_code) from None


add_maintenance(app, _guarded, _print_json)


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
