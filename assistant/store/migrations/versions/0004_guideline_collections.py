"""Collections of guidelines with an owner, and the collections that a user or a conversation asks."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "guideline_collections",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner_id", ID, sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("made_at", sa.String(27), nullable=False),
    )
    op.create_table(
        "user_scopes",
        sa.Column("user_id", ID, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("collections", sa.Text, nullable=False),
    )
    op.create_table(
        "conversation_scopes",
        sa.Column("conversation_id", ID, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("collections", sa.Text, nullable=False),
    )
