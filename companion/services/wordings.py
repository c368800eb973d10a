"""An institution's own words for its texts: written, proposed, decided by a second person, taken back.

What was already sent keeps its template, version and hash: nothing here touches a message (failures 51).
Each act is one conditional UPDATE; True means that it was this one.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion import crypto
from companion.content import outbound
from companion.db import insert_ignore, lock_row, locked, rows_changed
from companion.models import Institution, Staff, Wording
from companion.rules import wordings
from companion.rules.states import WordingState as W
from companion.rules.terms import Purpose
from companion.rules.wordings import Finding
from companion.services import audit

LONGEST_REASON = 500  # letters


class Overtaken(Exception):
    """Somebody has written or proposed meanwhile; whoever typed must look at theirs first. Roll back."""


@dataclass(frozen=True)
class Place:
    """Which text: a purpose and one of its variants."""

    purpose: Purpose
    variant: str

    @property
    def shipped(self) -> dict[str, str]:
        """The words that came with the program, by language; they count as approved."""
        return {one: outbound.source(self.purpose, self.variant, one) for one in outbound.LANGUAGES}


def place(purpose: str, variant: str) -> Place | None:
    """The text of that name; None when there is none."""
    if purpose not in frozenset(Purpose) or variant not in outbound.variants(purpose):
        return None
    return Place(Purpose(purpose), variant)


def places() -> list[Place]:
    """All texts that an institution may put into its own words, in the order of their use."""
    return [Place(purpose, variant) for purpose in Purpose for variant in outbound.variants(purpose)]


def check(which: Place, said: dict[str, str], app_name: str, link_base: str) -> list[Finding]:
    """What forbids these words, with the longest that this institution's texts may hold."""
    return wordings.check(which.purpose, said, app_name, wordings.longest_link(link_base))


def save(
    session: Session,
    now: datetime,
    staff: Staff,
    which: Place,
    said: dict[str, str],
    *,
    seen: int,
    propose: bool,
) -> str:
    """Write the next version, as a draft or at once as a proposal; gives its reference.

    The draft that it grew out of is given up. The same form sent twice makes one version. `said` has been checked,
    `seen` is the newest version that the writer knew. Raises Overtaken.
    """  # fmt: skip
    mine = _in(staff), Wording.purpose == which.purpose, Wording.variant == which.variant
    _move(session, now, staff, [*mine, Wording.state == W.DRAFT, Wording.version <= seen], W.RETIRED)
    ref = crypto.token()
    row = {
        "ref": ref, "institution_id": staff.institution_id, "purpose": which.purpose, "variant": which.variant,
        "version": seen + 1, "indonesian": said["id"], "english": said["en"], "written_by": staff.id,
        "written_at": now, "state": W.PROPOSED if propose else W.DRAFT, "proposed_at": now if propose else None,
    }  # fmt: skip
    if insert_ignore(session, Wording.__table__, [row]):
        _note(session, now, staff, "wording_proposed" if propose else "wording_written")
        return ref
    same = session.scalar(
        select(Wording.ref).where(
            *mine, Wording.version == seen + 1, Wording.written_by == staff.id,
            Wording.indonesian == said["id"], Wording.english == said["en"],
        )
    )  # fmt: skip
    if same is None:
        raise Overtaken
    return same


def take_back(session: Session, now: datetime, staff: Staff, ref: str) -> bool:
    """Make a proposal of one's own a draft again."""
    mine = Wording.state == W.PROPOSED, Wording.written_by == staff.id
    return _act(session, now, staff, ref, mine, W.DRAFT)


def give_up(session: Session, now: datetime, staff: Staff, ref: str) -> bool:
    """Throw a draft away."""
    return _act(session, now, staff, ref, [Wording.state == W.DRAFT], W.RETIRED)


def reject(session: Session, now: datetime, staff: Staff, ref: str, reason: str) -> bool:
    """Turn a colleague's proposal down, with the reason for whoever wrote it."""
    return _act(session, now, staff, ref, _of_another(staff), W.REJECTED, reason=reason)


def approve(session: Session, now: datetime, staff: Staff, ref: str) -> bool:
    """Allow a colleague's proposal: from this transaction on it leaves, and what it replaces does not.

    Nobody approves their own; the condition of the UPDATE says so, and a CHECK of the table too.
    """
    lock_row(session, Institution, staff.institution_id)  # before its words, as a sender with a budget does
    proposed = select(Wording.purpose, Wording.variant).where(
        Wording.ref == ref, _in(staff), *_of_another(staff)
    )
    row = session.execute(locked(session, proposed, skip_locked=False)).first()
    if row is None:
        return False
    before = _in(staff), Wording.purpose == row.purpose, Wording.variant == row.variant
    _move(session, now, staff, [*before, Wording.state == W.APPROVED], W.RETIRED)
    _act(session, now, staff, ref, _of_another(staff), W.APPROVED)
    _changed(session, staff)
    return True


def withdraw(session: Session, now: datetime, staff: Staff, ref: str) -> bool:
    """Back to the shipped words at once; these need nobody's approval."""
    lock_row(session, Institution, staff.institution_id)
    won = _act(session, now, staff, ref, [Wording.state == W.APPROVED], W.RETIRED)
    if won:
        _changed(session, staff)
    return won


def _of_another(staff):
    return Wording.state == W.PROPOSED, Wording.written_by != staff.id


def _in(staff):
    return Wording.institution_id == staff.institution_id


def _act(session, now, staff, ref, conditions, to: W, **values) -> bool:
    won = _move(session, now, staff, [Wording.ref == ref, _in(staff), *conditions], to, **values) == 1
    if won:
        _note(session, now, staff, f"wording_{to}")
    return won


def _move(session, now, staff, conditions, to: W, **values) -> int:
    who = {
        W.APPROVED: {"decided_by": staff.id, "decided_at": now},
        W.REJECTED: {"decided_by": staff.id, "decided_at": now},
        W.RETIRED: {"ended_by": staff.id, "ended_at": now},
    }.get(to, {})
    return rows_changed(session, update(Wording).where(*conditions).values(state=to, **who, **values))


def _note(session, now, staff, act: str) -> None:
    audit.note(session, now, act, actor="staff", staff_id=staff.id, institution_id=staff.institution_id)


def _changed(session, staff) -> None:
    """Every process that remembers the institution's words has to read them again."""
    session.execute(
        update(Institution)
        .where(Institution.id == staff.institution_id)
        .values(wording_mark=crypto.token())
        .execution_options(synchronize_session=False)
    )
