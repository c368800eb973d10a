"""The key of the blind indexes: random, kept in the database, wrapped by the data keys (design 6)."""

import os

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion import crypto
from companion.db import LookupKey
from companion.models import Secret

NAME = "lookup"


def ensure(session: Session) -> None:
    """Make the look-up key if this database has none yet; part of every migration."""
    if session.get(Secret, NAME) is None:
        session.add(Secret(name=NAME, wrapped=os.urandom(32)))
        session.flush()


def lookup(session: Session, text: str) -> bytes:
    """The blind index of a number, an identity or a login; the key is read once per process."""
    holder = session.info.setdefault("lookup_key", LookupKey())
    if holder.value is None:
        holder.value = session.scalars(select(Secret.wrapped).where(Secret.name == NAME)).one()
    return crypto.blind(holder.value, text)
