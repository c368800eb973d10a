"""The engine's indexes hold only the rows that wait for something"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = ("alert", "consent", "family_member", "message", "phone", "rollout", "slot", "window")


def upgrade() -> None:
    _again("look_at IS NOT NULL")


def downgrade() -> None:
    _again(None)


def _again(which: str | None) -> None:
    where = which and sa.text(which)
    for table in TABLES:
        name = op.f(f"ix_{table}_look_at")
        op.drop_index(name, table_name=table)
        op.create_index(name, table, ["look_at"], sqlite_where=where, postgresql_where=where)
