"""Run by Alembic. The connection comes from outside; types are written as plain ones."""

from alembic import context

from companion import models  # noqa: F401 - fills the metadata
from companion.db import Base, Encrypted, UtcDateTime


def render_item(kind, item, autogen_context):
    """A revision must not change its meaning when a column type of ours does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Encrypted):
        return "sa.LargeBinary()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
