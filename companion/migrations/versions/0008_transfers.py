"""Transfers: a graduate offered by one institution to another"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

STATES = ("offered", "accepted", "declined", "withdrawn", "lapsed")
OPEN = sa.text("state = 'offered'")
LEADS_TO = (
    ("institution_id", "institution"), ("person_id", "person"), ("window_id", "window"),
    ("to_institution_id", "institution"), ("offered_by", "staff"), ("decided_by", "staff"), ("to_person_id", "person"),
)  # fmt: skip
INDEXES = (["institution_id", "offered_at"], ["person_id"], ["to_person_id"], ["window_id"])


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("to_institution_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="transferstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("offered_by", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("guardian_proof", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("to_person_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_transfer_{column}"))
            for column, table in LEADS_TO
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("ref", name=op.f("uq_transfer_ref")),
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_transfer_{'_'.join(columns)}"), "transfer", columns)
    for name, column, unique in (
        ("uq_transfer_open", "person_id", True),
        ("ix_transfer_waiting", "to_institution_id", False),
    ):
        op.create_index(
            name, "transfer", [column], unique=unique, sqlite_where=OPEN, postgresql_where=OPEN
        )  # fmt: skip


def downgrade() -> None:
    op.drop_table("transfer")
