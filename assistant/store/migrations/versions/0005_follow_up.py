"""After discharge: check-ins and their answers, questions for the care team, and which goals of a plan are reached."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.String(32)
TIME = sa.String(27)


def upgrade() -> None:
    op.create_table(
        "check_ins",
        sa.Column("id", ID, primary_key=True),
        sa.Column("patient_id", ID, sa.ForeignKey("patients.id"), nullable=False, index=True),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("due_on", sa.Text, nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("arranged_by", ID, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("arranged_at", TIME, nullable=False),
        sa.UniqueConstraint("patient_id", "day", name="uq_check_ins_day"),
    )
    op.create_table(
        "check_in_answers",
        sa.Column("id", ID, primary_key=True),
        sa.Column("check_in_id", ID, sa.ForeignKey("check_ins.id"), nullable=False, index=True),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("given_by", ID, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("seen_by", ID),
        sa.Column("seen_at", TIME),
        sa.UniqueConstraint("check_in_id", "idempotency_key", name="uq_check_in_answers_key"),
    )
    op.create_table(
        "team_questions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("patient_id", ID, sa.ForeignKey("patients.id"), nullable=False, index=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("asked_by", ID, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("seen_by", ID),
        sa.Column("seen_at", TIME),
        sa.UniqueConstraint("patient_id", "idempotency_key", name="uq_team_questions_key"),
    )
    op.create_table(
        "goal_states",
        sa.Column("id", ID, primary_key=True),
        sa.Column("document_id", ID, sa.ForeignKey("documents.id"), nullable=False, index=True),
        sa.Column("goal_sha256", sa.String(64), nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("set_by", ID, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.UniqueConstraint("document_id", "goal_sha256", name="uq_goal_states_goal"),
    )
