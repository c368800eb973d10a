"""Turning 18: when to look at a guardian's consent, because the person's own has to take its place"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("consent", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_consent_look_at"), "consent", ["look_at"])
    # Birth dates are encrypted: the next tick works out when it will be for each of them.
    op.execute("UPDATE consent SET look_at = given_at WHERE purpose = 'guardian' AND withdrawn_at IS NULL")


def downgrade() -> None:
    op.drop_index(op.f("ix_consent_look_at"), "consent")
    with op.batch_alter_table("consent") as batch:
        batch.drop_column("look_at")
