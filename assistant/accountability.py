"""The command line of those who answer for the machine: the audit trail, and accounts.

It goes through the same store as the page, by the same rights: with ``--as`` by signing in, without it as the machine's
operator, who keeps accounts and reads the trail, opens no patient, and stands in the trail by his system user number.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.command_options import As, Day, JsonOption
from assistant.errors import BadInput, BedsideError
from assistant.terminal import fail, file_fault, print_json

if TYPE_CHECKING:
    from assistant.store import Actor, Store

audit_app = typer.Typer(help="The audit trail: verify it, export it as FHIR.", no_args_is_help=True)
users_app = typer.Typer(help="Accounts: list, add, disable, new password.", no_args_is_help=True)


@audit_app.command()
def verify(as_user: As = None, as_json: JsonOption = False) -> None:
    """Recompute the chain and hold it against the anchor. Exits 1 where something was changed."""
    with signed_in(as_user) as (store, actor):
        verdict = store.audit.check(actor)
    result = {"rows": verdict.rows, "whole": verdict.whole, "problems": list(verdict.problems)}
    if as_json:
        print_json(result)
    else:
        typer.echo("\n".join(verdict.problems) or f"The trail is whole: {verdict.rows} rows.")
    if not verdict.whole:
        raise typer.Exit(1)


@audit_app.command()
def export(
    since: Day = None,
    until: Day = None,
    patient: Annotated[str | None, typer.Option(help="Id of one patient")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output")] = None,
    ndjson: Annotated[
        bool, typer.Option("--ndjson", help="One AuditEvent a line, in place of a Bundle")
    ] = False,
    as_user: As = None,
) -> None:
    """The trail as FHIR R4 AuditEvents, oldest first."""
    from assistant.store.audit_events import audit_event, bundle

    with signed_in(as_user) as (store, actor):
        rows = store.audit.export(actor, patient_id=patient, since=_moment(since), until=_moment(until))
        lines = (
            [json.dumps(audit_event(row)) for row in rows] if ndjson else [json.dumps(bundle(rows), indent=2)]
        )
        text = "".join(line + "\n" for line in lines)
        if out is None:
            sys.stdout.write(text)
        else:
            _write(out, text)


@users_app.command("list")
def list_users(as_user: As = None, as_json: JsonOption = False) -> None:
    """Every account."""
    with signed_in(as_user) as (store, actor):
        rows = [vars(account) | {"role": account.role.value} for account in store.users.everyone(actor)]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            typer.echo(f"{row['username']}\t{row['role']}\t{'disabled' if row['disabled'] else 'active'}")


@users_app.command()
def add(
    username: str,
    role: Annotated[str, typer.Option(help="clinician, nurse, educator, patient, auditor or admin")],
    name: Annotated[str | None, typer.Option(help="Full name; default: the user name")] = None,
    as_user: As = None,
) -> None:
    """Make an account; prints its first password, once."""
    from assistant.store import Role

    with signed_in(as_user) as (store, actor):
        if role not in set(Role):
            raise BadInput(
                f"There is no role {role!r}; choose clinician, nurse, educator, patient, auditor or admin."
            )
        _, password = store.users.add(actor, username, name or username, Role(role))
    typer.echo(password)


@users_app.command()
def disable(username: str, as_user: As = None) -> None:
    """Close an account and end its open pages."""
    _on_account(username, as_user, lambda store, actor, user_id: store.users.disable(actor, user_id))


@users_app.command()
def enable(username: str, as_user: As = None) -> None:
    """Open a closed account again."""
    _on_account(username, as_user, lambda store, actor, user_id: store.users.enable(actor, user_id))


@users_app.command("new-password")
def new_password(username: str, as_user: As = None) -> None:
    """Give a new first password and end the account's open pages; prints it, once."""
    typer.echo(
        _on_account(
            username, as_user, lambda store, actor, user_id: store.users.reset_password(actor, user_id)
        )
    )


@users_app.command()
def link(
    username: str,
    subject: Annotated[str, typer.Option(help="The `sub` that the identity provider gives this person")],
    as_user: As = None,
) -> None:
    """Let a hospital account (OIDC_ISSUER) sign in to an account that is there already."""
    from assistant.wiring import load_settings

    issuer = load_settings().oidc_issuer
    if not issuer:
        fail("Setting OIDC_ISSUER is empty; set it to your identity provider's address.", 2)
    _on_account(
        username, as_user, lambda store, actor, id_: store.identities.link(actor, id_, issuer, subject)
    )


def _on_account(username: str, as_user: str | None, work: Callable[[Store, Actor, str], Any]) -> Any:
    with signed_in(as_user) as (store, actor):
        known = {account.username: account.id for account in store.users.everyone(actor)}
        if username not in known:
            raise BadInput(f"There is no account {username!r}; `users list` names them.")
        return work(store, actor, known[username])


@contextmanager
def signed_in(username: str | None) -> Iterator[tuple[Store, Actor]]:
    """The store, and who acts in it; errors as one line on standard error with their exit code."""
    from assistant.store import operator
    from assistant.wiring import load_settings, open_records

    try:
        store = open_records(load_settings())
        try:
            if username is None:
                yield store, operator()
                return
            password = os.environ.get("BEDSIDE_PASSWORD") or getpass(f"Password of {username}: ")
            session = store.users.sign_in(username, password)
            try:
                yield store, session.actor
            finally:
                store.users.sign_out(session.token)
        finally:
            store.close()
    except BedsideError as error:
        fail(str(error), error.exit_code)
    except OSError as error:
        fail(file_fault(error), 1)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no date; write 2026-11-21 or 2026-11-21T08:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
