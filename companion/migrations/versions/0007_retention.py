"""Retention: how long what is kept, weekly counts in the place of answers, and what was deleted when"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KINDS = ("links", "drafts", "sixth", "answers", "worries", "records")
INDEXES = (
    ("ix_alert_window_id", "alert", ["window_id"], None),
    ("ix_alert_worry_closed", "alert", ["institution_id", "closed_at"], "family = 'worry' AND state = 'closed'"),
    ("ix_answer_sixth", "answer", ["institution_id", "at"], "sixth"),
    ("ix_consent_person_id", "consent", ["person_id"], None),
    ("ix_contact_alert_id", "contact", ["alert_id"], None),
    ("ix_contact_window_id", "contact", ["window_id"], None),
    ("ix_gap_call_person_id", "gap_call", ["person_id"], None),
    ("ix_link_staff", "link", ["institution_id", "created_at"], "kind = 'staff'"),
    ("ix_message_alert_id", "message", ["alert_id"], "alert_id IS NOT NULL"),
    ("ix_message_family_member_id", "message", ["family_member_id"], "family_member_id IS NOT NULL"),
    ("ix_message_person_id", "message", ["person_id"], "person_id IS NOT NULL"),
    ("ix_retention_rule_institution_id_kind", "retention_rule", ["institution_id", "kind"], None),
    ("ix_signal_sixth", "signal", ["institution_id", "at"], "code IN ('R3', 'A6', 'A11')"),
    ("ix_window_answers_kept", "window", ["institution_id", "closed_at"], "state = 'closed' AND answers_gone_at IS NULL"),
    ("ix_window_closed", "window", ["institution_id", "closed_at"], "state = 'closed'"),
    ("ix_window_links_kept", "window", ["institution_id", "closed_at"], "state = 'closed' AND links_gone_at IS NULL"),
)  # fmt: skip
"""Name, table, columns, and which rows if not all."""
INSTANTS = (("engine_state", "night_at"), ("window", "links_gone_at"), ("window", "answers_gone_at"))


def upgrade() -> None:
    op.create_table(
        "deletion",
        sa.Column("id", sa.Integer(), nullable=False),
        _institution(),
        _kind(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_deletion_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion")),
        sa.UniqueConstraint("institution_id", "kind", "day", name=op.f("uq_deletion_institution_id_kind_day")),
    )  # fmt: skip
    op.create_table(
        "weekly_count",
        sa.Column("id", sa.Integer(), nullable=False),
        _institution(),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_weekly_count_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_count")),
        sa.UniqueConstraint(
            "institution_id", "week_on", "what", "value", name=op.f("uq_weekly_count_institution_id_week_on_what_value")
        ),
    )  # fmt: skip
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        _institution(),
        _kind(),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_retention_rule_institution_id")),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_retention_rule_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
    )  # fmt: skip
    # True for what is there already: whoever does not know looks.
    op.add_column("answer", sa.Column("sixth", sa.Boolean(), server_default=sa.true(), nullable=False))
    for table, name in INSTANTS:
        op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name, table, columns, which in INDEXES:
        where = sa.text(which) if which else None
        op.create_index(op.f(name), table, columns, sqlite_where=where, postgresql_where=where)


def _institution():
    return sa.Column("institution_id", sa.Integer(), nullable=False)


def _kind():
    kind = sa.Enum(*KINDS, name="kept", native_enum=False, create_constraint=True, length=24)
    return sa.Column("kind", kind, nullable=False)


def downgrade() -> None:
    for name, table, _columns, _which in INDEXES:
        op.drop_index(op.f(name), table)
    op.drop_column("answer", "sixth")
    for table, name in INSTANTS:
        op.drop_column(table, name)
    for table in ("retention_rule", "weekly_count", "deletion"):
        op.drop_table(table)
