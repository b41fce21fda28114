"""``make run``: prepares what a first start needs, says what it does, then opens the page.

Every step is quick when nothing has changed. A failure is one line with its remedy.
"""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assistant.errors import BadInput, BedsideError
from assistant.identity_provider import write_login_file
from assistant.private_temp import private_temp
from assistant.wiring import load_settings, open_guidelines, open_records, quiet_dependencies
from knowledge.errors import KnowledgeError

console = Console(stderr=True)
APP = Path(__file__).resolve().parent.parent / "app.py"


def prepare() -> list[tuple[str, str]]:
    """Model cache, guideline index, database, sample patients, first accounts.

    Returns user names and first passwords made by this start; empty on every later one.
    """
    from assistant.samples import load_samples

    settings = load_settings()
    if settings.model == "default":
        from assistant.models.loading import embedded_default

        with _step("language model"):
            embedded_default(settings.model_cache_dir)
    with _step("guideline library"):
        library = open_guidelines(settings)
        library.close()
    with _step("database and sample patients"):
        store = open_records(settings)
        try:
            accounts = list(store.users.ensure_first_accounts())
            load_samples(store)
        finally:
            store.close()
    if not settings.bedside_key.get_secret_value() and settings.bedside_key_file is None:
        console.print(
            f"  records are encrypted with the key in {settings.key_file}: keep a copy apart from the data; "
            "without it they cannot be read",
            markup=False,
            highlight=False,
        )
    return accounts


class _step:
    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            console.print(f"  ready: {self.name} ({time.perf_counter() - self.began:.1f} s)")


def check_port(address: str, port: int) -> None:
    """Raises BadInput where something else listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OverflowError as error:
            raise BadInput(f"Port {port} is not one: ports go from 1 to 65535.") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise BadInput(f"Port {port} is in use. Choose another: make run PORT={port + 1}") from error
            raise BadInput(
                f"Cannot listen on {address}, port {port} ({error.strerror}). Choose another address or port."
            ) from error


def start(
    port: Annotated[int, typer.Option(help="Port of the page")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all")] = "127.0.0.1",
    only_prepare: Annotated[bool, typer.Option("--prepare", help="Prepare and stop")] = False,
) -> None:
    """Prepares and opens Bedside."""
    quiet_dependencies()
    try:
        if not only_prepare:
            check_port(address, port)
        console.print("Bedside")
        accounts = prepare()
        login_file = write_login_file(load_settings())
    except (BedsideError, KnowledgeError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(error.exit_code) from None
    for username, password in accounts:
        console.print(
            f"  first sign-in: user [bold]{username}[/bold], password [bold]{password}[/bold] (you choose a new one)"
        )
    if only_prepare:
        return
    shown = "localhost" if address in ("127.0.0.1", "0.0.0.0") else address
    console.print(f"  open http://{shown}:{port}  (stop with Ctrl+C)")
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(APP),
        *(["--secrets.files", str(login_file)] if login_file else []),
        "--server.port",
        str(port),
        "--server.address",
        address,
    ]
    try:
        with private_temp(load_settings().bedside_home):
            raise typer.Exit(subprocess.call(command, cwd=APP.parent))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


if __name__ == "__main__":
    typer.run(start)
