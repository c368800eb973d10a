"""Numbers made sure of: when to look at a phone again, and a link that asks whether it is the right one"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BEFORE = ("slot", "fresh", "staff", "family")
AFTER = ("slot", "fresh", "check", "staff", "family")
RECYCLED_AFTER = timedelta(days=90)


def upgrade() -> None:
    op.add_column("phone", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_phone_look_at"), "phone", ["look_at"])
    _kinds(AFTER)
    _look_again()


def downgrade() -> None:
    op.execute("DELETE FROM link WHERE kind = 'check'")
    _kinds(BEFORE)
    op.drop_index(op.f("ix_phone_look_at"), "phone")
    with op.batch_alter_table("phone") as batch:
        batch.drop_column("look_at")


def _kinds(words: tuple[str, ...]) -> None:
    """SQLite rebuilds the table, and a CHECK that is not said again is gone with the old one."""
    name = op.f("ck_link_linkkind")
    with op.batch_alter_table("link") as batch:
        if op.get_bind().dialect.name == "postgresql":
            batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, sa.column("kind").in_(words))


def _look_again() -> None:
    """Numbers that were confirmed before are looked at after the same silence as those confirmed from now on."""
    phone = sa.table(
        "phone", sa.column("id", sa.Integer), sa.column("confirmed_at", sa.DateTime(timezone=True)),
        sa.column("look_at", sa.DateTime(timezone=True)),
    )  # fmt: skip
    bind = op.get_bind()
    for row in bind.execute(
        sa.select(phone.c.id, phone.c.confirmed_at).where(phone.c.confirmed_at.is_not(None))
    ).all():
        bind.execute(
            sa.update(phone).where(phone.c.id == row.id).values(look_at=row.confirmed_at + RECYCLED_AFTER)
        )
