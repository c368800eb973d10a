"""Brakes and watch: who stopped, a sender's turns, alarms that were told, and the few rows they ask for"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

URGENT = "lane = 'urgent' AND state = 'planned'"
WAITING = "state = 'planned'"
UNSURE = "state = 'unsure'"


def upgrade() -> None:
    op.create_table(
        "sender_turn",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sender_turn")),
    )
    op.create_table(
        "raised_alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raised_alarm")),
        sa.UniqueConstraint("name", "about", name=op.f("uq_raised_alarm_name_about")),
    )
    with op.batch_alter_table("stop", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_stop_staff_id"), "staff", ["staff_id"], ["id"])
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_institution_id_first_attempt_at"))
        batch_op.create_index(
            batch_op.f("ix_message_institution_id_last_attempt_at"), ["institution_id", "last_attempt_at"]
        )
    _partial("ix_message_urgent", ["look_at"], URGENT)
    _partial("ix_message_waiting", ["institution_id", "look_at"], WAITING)
    _partial("ix_message_unsure", ["institution_id", "last_attempt_at"], UNSURE)


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "message", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in ("ix_message_unsure", "ix_message_waiting", "ix_message_urgent"):
        op.drop_index(name, "message")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_institution_id_last_attempt_at"))
        batch_op.create_index(
            batch_op.f("ix_message_institution_id_first_attempt_at"), ["institution_id", "first_attempt_at"]
        )
    with op.batch_alter_table("stop", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_stop_staff_id"), type_="foreignkey")
        batch_op.drop_column("staff_id")
    op.drop_table("raised_alarm")
    op.drop_table("sender_turn")
