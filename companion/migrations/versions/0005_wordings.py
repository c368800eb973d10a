"""An institution's own words for a text"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "invitation",
                "reminder",
                "gap",
                "new_link",
                "check_number",
                "first",
                "we_rang",
                "family_weekly",
                "staff_urgent",
                "staff_late",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("indonesian", sa.String(), nullable=False),
        sa.Column("english", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "proposed",
                "approved",
                "rejected",
                "retired",
                name="wordingstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsaid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsaid_why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_wording_decided_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_wording_ended_by")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_wording_institution_id")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_wording_written_by")),
        sa.CheckConstraint("decided_by <> written_by", name=op.f("ck_wording_second_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording")),
        sa.UniqueConstraint(
            "institution_id",
            "purpose",
            "variant",
            "version",
            name=op.f("uq_wording_institution_id_purpose_variant_version"),
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_wording_ref")),
    )
    with op.batch_alter_table("wording", schema=None) as batch_op:
        batch_op.create_index(
            "uq_wording_approved",
            ["institution_id", "purpose", "variant"],
            unique=True,
            sqlite_where=sa.text("state = 'approved'"),
            postgresql_where=sa.text("state = 'approved'"),
        )
        batch_op.create_index(
            "uq_wording_in_work",
            ["institution_id", "purpose", "variant"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'proposed')"),
            postgresql_where=sa.text("state IN ('draft', 'proposed')"),
        )

    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wording_mark", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.drop_column("wording_mark")

    op.drop_table("wording")
