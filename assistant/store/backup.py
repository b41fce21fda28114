"""A backup: every row as it lies in the database, in one encrypted file that tells whether it is whole.

The copy is logical, so that a backup of SQLite restores into PostgreSQL and the other way round, and it is taken from one
consistent view while work goes on. Owns the file's format. Refuses to know what the rows mean.

Format: a magic line, a line of JSON (the header), then blocks of AES-256-GCM, each four bytes of length and the sealed
bytes. The key is the master key's, made anew for each file by its salt; a block's nonce is its number and whether it is
the last, so blocks cannot be cut, swapped or taken from another file. Inside lies compressed JSON, a line a row, and at
the end the counts and the SHA-256 of all lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from alembic.runtime.migration import MigrationContext
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, MetaData, inspect, select, text

from assistant.errors import BadInput, StorageFailed
from assistant.store.database import Database, upgrade
from assistant.store.immutable import put_aside
from assistant.store.master_keys import KeySource, WrongKey
from assistant.store.schema import known_schemas

MAGIC = b"BEDSIDE-BACKUP-1\n"
_BLOCK_BYTES = 1 << 20
_LONGEST_HEADER = 4096
_DAMAGED = "is damaged or was cut short; nothing was restored. Take another backup."


@dataclass(frozen=True)
class BackupHeader:
    made: str
    schema: str
    master_id: str
    salt: str


@dataclass(frozen=True)
class BackupContent:
    """What a verified backup holds: rows by table."""

    header: BackupHeader
    rows: dict[str, int]
    sha256: str


def write_backup(database: Database, target: Path, made: str) -> BackupContent:
    """Write a new file and read it back; the app may be at work meanwhile.

    Raises:
        BadInput: ``target`` is there already.
        StorageFailed: it cannot be written, or does not read back as it was written.
    """
    if target.exists():
        raise BadInput(f"{target} is there already; name a new file.")
    master = database.source.load_or_make()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with database.read() as connection:
            schema = MigrationContext.configure(connection).get_current_revision() or ""
            header = BackupHeader(made, schema, master.current_id, secrets.token_hex(32))
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with open(handle, "wb") as file:
                _seal(file, header, master.derived(master.current_id, "backup"), _lines(connection))
                file.flush()
                os.fsync(file.fileno())
        content = verify_backup(draft, database.source)
        os.rename(draft, target)
        _sync_folder(target.parent)
    except OSError as fault:
        raise StorageFailed(f"The backup {target} cannot be written ({fault.strerror}).") from fault
    finally:
        draft.unlink(missing_ok=True)
    return content


def verify_backup(path: Path, source: KeySource) -> BackupContent:
    """Read a backup through.

    Raises:
        BadInput: not a backup, damaged, or of a newer Bedside.
        WrongKey: sealed with a master key that is not at hand.
    """
    header, lines = _open(path, source)
    if header.schema not in known_schemas():
        raise BadInput(
            f"{path} has schema {header.schema}: a newer Bedside made it. Restore it with that version."
        )
    counts, end = {}, None
    digest = hashlib.sha256()
    table = ""
    for line in lines:
        row = json.loads(line)
        if isinstance(row, dict) and "end" in row:
            end = row["end"]
            continue
        digest.update(line)
        if isinstance(row, dict):
            table = row["table"]
            counts[table] = 0
        else:
            counts[table] += 1
    if end != {"rows": counts, "sha256": digest.hexdigest()}:
        raise BadInput(f"{path} {_DAMAGED}")
    return BackupContent(header, counts, digest.hexdigest())


def load_backup(database: Database, connection: Connection, path: Path) -> None:
    """Put the rows of a verified backup in place of all that is there, in the transaction of ``connection``."""
    header, lines = _open(path, database.source)
    _drop_everything(connection)
    upgrade(database, connection, header.schema)
    shape = MetaData()
    shape.reflect(connection)
    with put_aside(connection):
        for table in reversed(shape.sorted_tables):
            if table.name != "alembic_version":
                connection.execute(table.delete())
        _insert(connection, shape, lines)
    upgrade(database, connection, "head")


def _insert(connection: Connection, shape: MetaData, lines: Iterable[bytes]) -> None:
    table, columns, batch = None, [], []

    def flush() -> None:
        if table is not None and batch:
            connection.execute(table.insert(), batch)
            batch.clear()

    for line in lines:
        row = json.loads(line)
        if isinstance(row, dict):
            flush()
            if "end" not in row:
                table, columns = shape.tables[row["table"]], row["columns"]
            continue
        batch.append({name: _from_json(value) for name, value in zip(columns, row, strict=True)})
        if len(batch) >= 200:
            flush()
    flush()


def _lines(connection: Connection) -> Iterator[bytes]:
    shape = MetaData()
    shape.reflect(connection)
    digest, counts = hashlib.sha256(), {}

    def line(value: object) -> bytes:
        written = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        digest.update(written)
        return written

    for table in shape.sorted_tables:
        if table.name == "alembic_version":
            continue
        counts[table.name] = 0
        yield line({"table": table.name, "columns": [c.name for c in table.columns]})
        for row in connection.execution_options(stream_results=True).execute(select(table)):
            counts[table.name] += 1
            yield line([_to_json(value) for value in row])
    end = {"end": {"rows": counts, "sha256": digest.hexdigest()}}
    yield json.dumps(end).encode() + b"\n"


def _to_json(value: Any) -> Any:
    return {"b": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _from_json(value: Any) -> Any:
    return base64.b64decode(value["b"]) if isinstance(value, dict) else value


def _drop_everything(connection: Connection) -> None:
    shape = MetaData()
    shape.reflect(connection)
    if connection.dialect.name == "sqlite":
        for table in reversed(shape.sorted_tables):
            table.drop(connection)
        return
    for table in shape.sorted_tables:
        connection.exec_driver_sql(f'DROP TABLE "{table.name}" CASCADE')
    own = "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema()"
    for name in (
        connection.execute(text(f"{own} AND proname ~ '^[a-z_]+_no_(update|delete)$'")).scalars().all()
    ):
        connection.exec_driver_sql(f'DROP FUNCTION "{name}"() CASCADE')
    assert not inspect(connection).get_table_names()


def _cipher(key: bytes, header: BackupHeader) -> AESGCM:
    kdf = HKDF(hashes.SHA256(), 32, salt=bytes.fromhex(header.salt), info=b"bedside backup file v1")
    return AESGCM(kdf.derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">QI", number, int(last))


def _seal(file: BinaryIO, header: BackupHeader, key: bytes, lines: Iterable[bytes]) -> None:
    about = json.dumps(asdict(header)).encode() + b"\n"
    cipher, compressor = _cipher(key, header), zlib.compressobj(6)
    file.write(MAGIC + about)
    number, waiting = 0, bytearray()

    def block(plain: bytes, last: bool) -> None:
        sealed = cipher.encrypt(_nonce(number, last), plain, about)
        file.write(struct.pack(">I", len(sealed)) + sealed)

    for line in lines:
        waiting += compressor.compress(line)
        while len(waiting) > _BLOCK_BYTES:
            block(bytes(waiting[:_BLOCK_BYTES]), last=False)
            del waiting[:_BLOCK_BYTES]
            number += 1
    waiting += compressor.flush()
    block(bytes(waiting), last=True)


def _open(path: Path, source: KeySource) -> tuple[BackupHeader, Iterator[bytes]]:
    try:
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise BadInput(f"{path} is not a backup of Bedside; nothing was restored.")
            about = file.readline(_LONGEST_HEADER)
        header = BackupHeader(**json.loads(about))
        bytes.fromhex(header.salt)
    except OSError as fault:
        raise BadInput(f"{path} cannot be read ({fault.strerror}).") from fault
    except (ValueError, TypeError) as fault:
        raise BadInput(f"{path} {_DAMAGED}") from fault
    master = source.load()
    if master is None or header.master_id not in master:
        raise WrongKey(
            f"{path} is sealed with the key {header.master_id}, which is not in {source.named}. "
            "Give the key that was in use when it was made. Nothing was restored."
        )
    cipher = _cipher(master.derived(header.master_id, "backup"), header)

    def blocks() -> Iterator[bytes]:
        with open(path, "rb") as file:
            file.seek(len(MAGIC) + len(about))
            size = path.stat().st_size
            number = 0
            while True:
                (length,) = struct.unpack(">I", file.read(4))
                if length > _BLOCK_BYTES * 2:
                    raise ValueError("too long a block")
                sealed = file.read(length)
                last = file.tell() == size
                yield cipher.decrypt(_nonce(number, last), sealed, about)
                if last:
                    return
                number += 1

    return header, _guarded_lines(path, blocks)


def _guarded_lines(path: Path, blocks: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    decompressor, rest = zlib.decompressobj(), b""
    try:
        for block in blocks():
            pending = block
            while pending:
                rest += decompressor.decompress(pending, _BLOCK_BYTES)
                pending = decompressor.unconsumed_tail
                *whole, rest = rest.split(b"\n")
                yield from (line + b"\n" for line in whole)
    except (InvalidTag, struct.error, ValueError, zlib.error) as fault:
        raise BadInput(f"{path} {_DAMAGED}") from fault
    if rest or not decompressor.eof:
        raise BadInput(f"{path} {_DAMAGED}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
