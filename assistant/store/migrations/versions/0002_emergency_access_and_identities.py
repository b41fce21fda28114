"""Emergency access to a patient, accounts of an outside identity provider, and their sign-ins, each taken once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.String(32)
TIME = sa.String(27)
HASH = sa.String(64)


def upgrade() -> None:
    op.create_table(
        "emergency_access",
        sa.Column("id", ID, primary_key=True),
        sa.Column("patient_id", ID, sa.ForeignKey("patients.id"), nullable=False),
        sa.Column("user_id", ID, sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        sa.Column("reviewed_at", TIME),
        sa.Column("reviewed_by", ID),
    )
    op.create_table(
        "identities",
        sa.Column("subject_hash", HASH, primary_key=True),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("user_id", ID, sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("linked_at", TIME, nullable=False),
    )
    op.create_table(
        "used_sign_ins",
        sa.Column("token_hash", HASH, primary_key=True),
        sa.Column("used_at", TIME, nullable=False),
    )
