"""What a database says when it fails, as one plain line with the remedy."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import (
    DatabaseError,
)

SQLITE_FAULTS = {
    "SQLITE_FULL": "The disk is full. Nothing was half saved; free some space and try again.",
    "SQLITE_READONLY": "The database cannot be written: its file or folder is read-only. Mend the permissions and try again.",
    "SQLITE_BUSY": "The database is locked by another process. Nothing was half saved; try again in a moment.",
    "SQLITE_LOCKED": "The database is locked by another process. Nothing was half saved; try again in a moment.",
    "SQLITE_CANTOPEN": "The database file cannot be opened. Check that its folder exists and may be written.",
    "SQLITE_NOTADB": "The database file is not a Bedside database.",
    "SQLITE_CORRUPT": "The database file is damaged. Restore the last backup.",
    "SQLITE_IOERR": "The disk failed while the database was used. Nothing was half saved; check the disk.",
}


_POSTGRES_FAULTS = {
    "53100": SQLITE_FAULTS["SQLITE_FULL"],
    "25006": "The database server is read-only. Nothing was half saved.",
    "55P03": SQLITE_FAULTS["SQLITE_LOCKED"],
    "57014": SQLITE_FAULTS["SQLITE_LOCKED"],
}


def plain_line(fault: DatabaseError) -> str:
    original = fault.orig
    if isinstance(original, sqlite3.Error):
        return sqlite_line(original)
    code = getattr(original, "sqlstate", None)
    if code in _POSTGRES_FAULTS:
        return _POSTGRES_FAULTS[code]
    if code is None:
        return "The database server cannot be reached. Nothing was half saved; check DATABASE_URL and the server."
    return f"The database refused ({type(original).__name__}). Nothing was half saved."


def sqlite_line(fault: sqlite3.Error) -> str:
    name = getattr(fault, "sqlite_errorname", "") or ""
    for prefix, line in SQLITE_FAULTS.items():
        if name.startswith(prefix):
            return line
    return f"The database refused ({type(fault).__name__}). Nothing was half saved."
