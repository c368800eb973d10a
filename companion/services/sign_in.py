"""Knocking at the door: how often somebody may try, who stands behind a name, and what ends a session."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from companion import crypto
from companion.db import rows_changed
from companion.models import LoginAttempt, Staff
from companion.services import audit, keys

SPAN = timedelta(minutes=15)
PER_NAME = 5
"""Tries of one login (or one family link) within SPAN."""
PER_ADDRESS = 30
"""Tries from one address within SPAN; an office behind one address shares them."""
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
"""More would only be work for the hasher."""


@dataclass(frozen=True, slots=True)
class Knock:
    """One try at the door: either written down, or turned away until `again_at`."""

    name: bytes = field(default=b"", repr=False)
    address_row: int | None = None
    again_at: datetime | None = None


def knock(session: Session, now: datetime, name: str, address: str) -> Knock:
    """Write a try down before it is judged, or say when the next one is welcome.

    Before and not after, so that a hundred tries at the same instant are counted as a hundred. The caller
    commits, judges the password with no transaction open, and calls `let_in` if it was right.
    `name` says what is knocked at, e.g. `staff:sari`; `address` is the caller's, as text.
    """
    at_name, at_address = keys.lookup(session, f"name:{name}"), keys.lookup(session, f"address:{address}")
    _one_at_a_time(session, at_name, at_address)
    session.execute(
        # A demo clock can be set back: tries from a time that has not come must not bar the door for good.
        delete(LoginAttempt).where(or_(LoginAttempt.at <= now - SPAN, LoginAttempt.at > now + SPAN))
    )
    waits = [
        until
        for who, limit in ((at_name, PER_NAME), (at_address, PER_ADDRESS))
        if (until := _full_until(session, who, limit))
    ]
    if waits:
        return Knock(again_at=max(waits))
    rows = [LoginAttempt(who=at_name, at=now), LoginAttempt(who=at_address, at=now)]
    session.add_all(rows)
    session.flush()
    return Knock(at_name, rows[1].id)


def let_in(session: Session, knock: Knock) -> None:
    """Forget the failures of a name that has proven itself; the address keeps those of other names."""
    session.execute(
        delete(LoginAttempt).where(or_(LoginAttempt.who == knock.name, LoginAttempt.id == knock.address_row))
    )


def forget_old(session: Session, now: datetime, after: timedelta) -> None:
    """Forget tries that bar nobody any more; every knock does the same for the last quarter of an hour."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.at <= now - after))


def staff_named(session: Session, login: str) -> Staff | None:
    """The active member of staff with this login, in whatever case a phone's keyboard began it."""
    return session.scalars(
        select(Staff).where(func.lower(Staff.login) == tidy(login), Staff.active).order_by(Staff.id).limit(1)
    ).first()


def tidy(login: str) -> str:
    return login.strip().lower()[:200]


def staff_behind(session: Session, ref: str, session_key: str) -> Staff | None:
    """Whom a session cookie stands for; None once the key has changed or the person has left."""
    return session.scalars(
        select(Staff)
        .options(joinedload(Staff.institution))
        .where(Staff.ref == ref, Staff.session_key == session_key, Staff.active)
    ).first()


def password_fault(login: str, password: str) -> str | None:
    """Why a password cannot be taken: `short`, `long`, `login` or `plain`; None when it can.

    Length counts and composition does not (NIST SP 800-63B 5.1.1.2): rules about signs make passwords
    that people write on the monitor.
    """
    if len(password) < SHORTEST_PASSWORD:
        return "short"
    if len(password) > LONGEST_PASSWORD:
        return "long"
    if tidy(login) in password.lower():
        return "login"
    if len(set(password)) < 4:
        return "plain"
    return None


def change_password(session: Session, now: datetime, staff: Staff, hashed: str) -> str | None:
    """Store a new password and end all sessions of this person. Gives the new session key.

    `staff` as it was when the old password was judged: had it changed since, None and nothing is stored.
    """
    session_key = crypto.token()
    changed = rows_changed(
        session,
        update(Staff)
        .where(Staff.id == staff.id, Staff.password_hash == staff.password_hash)
        .values(password_hash=hashed, session_key=session_key),
    )
    if not changed:
        return None
    audit.note(
        session, now, "password_changed", actor="staff",
        institution_id=staff.institution_id, staff_id=staff.id,
    )  # fmt: skip
    return session_key


def _full_until(session: Session, who: bytes, limit: int) -> datetime | None:
    """When a place is free again; None when one is free now."""
    latest = session.scalars(
        select(LoginAttempt.at).where(LoginAttempt.who == who).order_by(LoginAttempt.at.desc()).limit(limit)
    ).all()
    return latest[-1] + SPAN if len(latest) == limit else None


def _one_at_a_time(session: Session, *names: bytes) -> None:
    """Let tries at the same name queue. SQLite's single writer already does; PostgreSQL needs to be told."""
    if session.get_bind().dialect.name == "postgresql":
        for lock in sorted(int.from_bytes(name[:8], signed=True) for name in names):
            session.execute(select(func.pg_advisory_xact_lock(lock)))
