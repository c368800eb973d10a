"""People brought in, by a sheet or by a form: stored with their consents; and the sheet between preview and yes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from companion.db import rows_changed
from companion.models import ImportDraft, Institution, Person, Phone
from companion.rules.plan import PlanSettings
from companion.rules.terms import ConsentPurpose
from companion.services import audit, enrol, family, institutions
from companion.services.consents import adult_on
from companion.services.keys import lookup

DRAFT_LIVES = timedelta(days=1)
STALE = timedelta(seconds=30)
"""Without a sign of life for so long, whoever was storing has died and another may go on."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next rows of a draft to be stored: where they begin, and how many were counted before."""

    draft_id: int
    start: int


def known(
    session: Session, institution: Institution, before: datetime | None = None
) -> Callable[[object], bool]:
    """A question to ask of each entry: is this person here already? One query, however many rows.

    `before` looks back at how things were then, for a report after the storing.
    """
    query = select(Person.identity).where(Person.institution_id == institution.id)
    identities = set(session.scalars(query.where(Person.enrolled_at < before) if before else query))
    return lambda entry: lookup(session, enrol.identity_of(entry)) in identities


def window_days(session: Session, institution_id: int) -> int:
    """How many days the follow-up lasts here: a sheet or a form with an older leaving date comes too late."""
    plan = institutions.newest_plan(session, institution_id)
    return (PlanSettings.from_json(plan.settings) if plan else PlanSettings()).window_days


def store(
    session: Session,
    now: datetime,
    institution: Institution,
    verdicts: Iterable,
    *,
    caseworker_id: int | None,
    consent_ref: str | None,
    staff_id: int | None = None,
) -> dict[int, str]:
    """Store the rows that have an entry; gives the ref of each newly enrolled person by row.

    `consent_ref` names where the signed forms of these people lie: with it their consent to follow-up is
    recorded, and to the family's reading where the row says so; without it they are enrolled and nothing is
    sent. A guardian's consent and a young person's own are never taken from a sheet (design 2.14). Whoever
    was here already is left as they are, so the same sheet twice changes nothing.
    """
    refs = {}
    for verdict in verdicts:
        if verdict.entry is None:
            continue
        today = now.astimezone(ZoneInfo(verdict.entry.zone or institution.zone)).date()
        proofs = _proofs(verdict.entry, consent_ref, today)
        enrolled = bring_in(
            session,
            now,
            institution,
            verdict.entry,
            caseworker_id=caseworker_id,
            staff_id=staff_id,
            proofs=proofs,
        )
        if enrolled.created:
            refs[verdict.row] = enrolled.person.ref
    return refs


def bring_in(
    session: Session, now: datetime, institution: Institution, newcomer, *, caseworker_id: int | None,
    staff_id: int | None, proofs: Mapping[ConsentPurpose, str], language: str = "id",
    safe: tuple[str | None, str | None] = (None, None), confirms: bool = True,
) -> enrol.Enrolled:  # fmt: skip
    """Enrol one person with the consents that were given, each with its proof.

    `safe` are the hours, HH:MM in the person's zone, between which the phone may be texted; `confirms`: the number is
    known to be theirs. Somebody from the
    family who is named with a number is kept to be invited later; nothing reaches them before a PIN was
    handed over in person.
    """
    enrolled = enrol.enrol(
        session, now, institution, newcomer, caseworker_id=caseworker_id, staff_id=staff_id
    )
    if not enrolled.created:
        return enrolled
    enrolled.person.language = language
    if any(safe):
        session.execute(
            update(Phone)
            .where(Phone.person_id == enrolled.person.id, Phone.rank == 0)
            .values(safe_from=safe[0], safe_to=safe[1])
        )
    for purpose, proof in proofs.items():
        enrol.record_consent(
            session, now, enrolled.person, purpose, proof, staff_id=staff_id, confirms=confirms
        )
    if newcomer.family_e164 and newcomer.guardian_name:
        family.prepare(
            session, now, enrolled.person, name=newcomer.guardian_name, relation=newcomer.relation,
            e164=newcomer.family_e164,
        )  # fmt: skip
    return enrolled


def refs_of(session: Session, institution: Institution, verdicts: Iterable) -> dict[int, str]:
    """The ref of everybody in these rows who is here now, by row; for the report."""
    identities = {
        lookup(session, enrol.identity_of(verdict.entry)): verdict.row
        for verdict in verdicts
        if verdict.entry
    }
    rows = session.execute(select(Person.identity, Person.ref).where(Person.institution_id == institution.id))
    return {identities[row.identity]: row.ref for row in rows if row.identity in identities}


def keep_draft(
    session: Session, now: datetime, *, institution_id: int, staff_id: int, filename: str, content: bytes,
    total: int,
) -> ImportDraft:  # fmt: skip
    """Keep an uploaded sheet, encrypted, until somebody says yes or a day has passed."""
    draft = ImportDraft(
        institution_id=institution_id, staff_id=staff_id, filename=filename[:200], content=content,
        total=total, created_at=now,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    return draft


def draft_of(session: Session, staff_id: int, ref: str) -> ImportDraft | None:
    """A draft of one's own; a colleague's does not exist here."""
    return session.scalars(
        select(ImportDraft).where(ImportDraft.staff_id == staff_id, ImportDraft.ref == ref)
    ).first()


def drafts_of(session: Session, staff_id: int):
    """One's own drafts, newest first, without their content."""
    return session.execute(
        select(
            ImportDraft.ref, ImportDraft.filename, ImportDraft.state, ImportDraft.total, ImportDraft.stored,
            ImportDraft.created_at,
        )
        .where(ImportDraft.staff_id == staff_id)
        .order_by(ImportDraft.id.desc())
        .limit(20)
    ).all()  # fmt: skip


def confirm(
    session: Session, now: datetime, machine: datetime, draft: ImportDraft, *, total: int,
    caseworker_id: int | None, consent_ref: str | None,
) -> bool:  # fmt: skip
    """Say yes to a preview of `total` rows to store. False if it had been said: a second click starts nothing."""
    won = rows_changed(
        session,
        update(ImportDraft)
        .where(ImportDraft.id == draft.id, ImportDraft.state == "preview")
        .values(
            state="storing", beat_at=machine, caseworker_id=caseworker_id, total=total,
            consent_ref=consent_ref.encode() if consent_ref else None,
        ),
    )  # fmt: skip
    if won:
        audit.note(
            session, now, "import_confirmed", actor="staff", institution_id=draft.institution_id,
            staff_id=draft.staff_id,
        )  # fmt: skip
    return bool(won)


def take_over(session: Session, machine: datetime, draft_id: int) -> bool:
    """Go on with a draft whose storing has died; False while it shows signs of life."""
    silent = or_(ImportDraft.beat_at.is_(None), ImportDraft.beat_at <= machine - STALE)
    return bool(
        rows_changed(
            session,
            update(ImportDraft)
            .where(ImportDraft.id == draft_id, ImportDraft.state == "storing", silent)
            .values(beat_at=machine),
        )
    )


def has_died(draft: ImportDraft, machine: datetime) -> bool:
    """Whether the storing of this draft gives no sign of life any more."""
    return draft.state == "storing" and (draft.beat_at is None or draft.beat_at <= machine - STALE)


def count(session: Session, machine: datetime, chunk: Chunk, rows: int, stored: int) -> bool:
    """Count a chunk in the transaction that stores it. False: somebody else did, so roll back and stop."""
    return bool(
        rows_changed(
            session,
            update(ImportDraft)
            .where(
                ImportDraft.id == chunk.draft_id,
                ImportDraft.state == "storing",
                ImportDraft.done == chunk.start,
            )
            .values(done=chunk.start + rows, stored=ImportDraft.stored + stored, beat_at=machine),
        )
    )


def finish(session: Session, draft_id: int) -> None:
    """All rows are counted."""
    session.execute(
        update(ImportDraft)
        .where(ImportDraft.id == draft_id, ImportDraft.state == "storing")
        .values(state="done")
    )


def falter(session: Session, draft_id: int) -> None:
    """The storing broke off: whoever watches may go on at once."""
    session.execute(
        update(ImportDraft)
        .where(ImportDraft.id == draft_id, ImportDraft.state == "storing")
        .values(beat_at=None)
    )


def drop(session: Session, machine: datetime, draft_id: int) -> bool:
    """Delete a draft, with the sheet in it; not while it is being stored. People already stored stay."""
    silent = or_(ImportDraft.beat_at.is_(None), ImportDraft.beat_at <= machine - STALE)
    return bool(
        rows_changed(
            session,
            delete(ImportDraft).where(
                ImportDraft.id == draft_id, or_(ImportDraft.state != "storing", silent)
            ),
        )
    )


def forget_old(session: Session, now: datetime, machine: datetime, institution_id: int) -> Counter:
    """Delete drafts a day after their upload, or after their last row was stored (design 2.12)."""
    silent = or_(ImportDraft.beat_at.is_(None), ImportDraft.beat_at <= machine - DRAFT_LIVES)
    gone = rows_changed(
        session,
        delete(ImportDraft).where(
            ImportDraft.institution_id == institution_id, ImportDraft.created_at <= now - DRAFT_LIVES, silent
        ),
    )
    return Counter(deleted=gone)


def _proofs(entry, consent_ref: str | None, today: date) -> dict[ConsentPurpose, str]:
    """Nothing for whoever is under 18: at their birthday it would count as a yes of their own."""
    if not consent_ref or (entry.born_on and today < adult_on(entry.born_on)):
        return {}
    proofs = {ConsentPurpose.FOLLOW_UP: consent_ref}
    if entry.family_consent:
        proofs[ConsentPurpose.FAMILY] = consent_ref
    return proofs
