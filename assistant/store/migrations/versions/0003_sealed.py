"""What a person said, wrote or has is sealed: the data key, and every such column rewritten under it.

Frozen. A plain database is brought forward row by row in the one transaction; the file is scrubbed after it.
"""

import sqlalchemy as sa
from alembic import context, op

from assistant.store.immutable import put_aside

revision = "0003"
down_revision = "0002"

TEXT = {
    "users": ["name"],
    "patients": ["filename", "name", "sex", "birth_date", "age_text", "mrn", "admitted", "discharged", "problem"],
    "conversations": ["title"],
    "messages": ["text", "answer"],
    "feedback": ["note"],
    "documents": ["title"],
    "document_versions": ["text", "answer", "author_name"],
    "signatures": ["user_name"],
    "emergency_access": ["explanation"],
}
BYTES = {"patients": ["source"]}
HASHES = {"patients": ["source_sha256"], "document_versions": ["sha256"], "signatures": ["sha256"]}
NAMES = {"users": ["username"]}
WIDENED = {"users": ["username"], "patients": ["sex", "birth_date", "admitted", "discharged"]}
KEYS = {
    "users": ["id"],
    "patients": ["id"],
    "conversations": ["id"],
    "messages": ["id"],
    "feedback": ["message_id", "user_id"],
    "documents": ["id"],
    "document_versions": ["document_id", "number"],
    "signatures": ["document_id", "number"],
    "emergency_access": ["id"],
}


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("master_id", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.Text, nullable=False),
    )
    connection = op.get_bind()
    attributes = context.config.attributes
    keys = attributes["keys"]
    made = keys.make(attributes["source"].load_or_make())
    connection.execute(
        sa.text("INSERT INTO data_keys (id, position, master_id, wrapped) VALUES (:id, 1, :master_id, :wrapped)"),
        {"id": made.id, "master_id": made.master_id, "wrapped": made.wrapped},
    )
    keys.activate(made.id)
    if connection.dialect.name != "sqlite":
        for table, columns in WIDENED.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.Text)
    with put_aside(connection):
        for table in KEYS:
            _seal(connection, keys, table)


def _seal(connection, keys, table: str) -> None:
    how = {c: keys.seal_text for c in TEXT.get(table, [])}
    how |= {c: keys.seal_bytes for c in BYTES.get(table, [])}
    how |= {c: lambda label, v: keys.seal_equal(label, bytes.fromhex(v)) for c in HASHES.get(table, [])}
    how |= {c: lambda label, v: keys.seal_equal(label, v.encode()) for c in NAMES.get(table, [])}
    ids = KEYS[table]
    light = sa.table(table, *(sa.column(name) for name in [*ids, *how]))
    for key in connection.execute(sa.select(*(light.c[name] for name in ids))).all():
        this = sa.and_(*(light.c[name] == value for name, value in zip(ids, key, strict=True)))
        row = connection.execute(sa.select(*(light.c[name] for name in how)).where(this)).one()._mapping
        sealed = {
            name: None if row[name] is None else seal(f"{table}.{name}", row[name]) for name, seal in how.items()
        }
        sealed |= {n: keys.seal_bytes(f"{table}.{n}", bytes(row[n])) for n in BYTES.get(table, [])}
        connection.execute(sa.update(light).where(this).values(**sealed))
