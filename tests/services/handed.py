"""Budi on his day 20, offered by Melati to Kenanga: Lina supervises there, Tono is to follow him (decision 10)."""

from collections import Counter

from sqlalchemy import select

from companion.models import (
    Audit,
    Consent,
    Institution,
    Message,
    Person,
    Phone,
    Slot,
    Staff,
    Task,
    Transfer,
    Window,
)
from companion.rules.terms import Role
from companion.services import alerts, closing, taking_over, transfers
from tests import cast
from tests.services.promised import DAY_20, lived_on

NOTE = "Suka ditelepon sore."


def ready(scene):
    """The scene on day 20, with supervisors over there."""
    lived_on(scene)
    with scene.database.write() as session:
        kenanga = session.get_one(Institution, scene.people.other)
        kenanga.province = "JB"
        cast.staff(session, kenanga, "lina", Role.SUPERVISOR, "+6281900000011")
        cast.staff(session, kenanga, "rima", Role.SUPERVISOR, "+6281900000012")
    return scene


def member(session, login) -> Staff:
    return session.scalars(select(Staff).where(Staff.login == login)).one()


def current(session, person_id) -> Window:
    return session.scalars(
        select(Window).where(Window.person_id == person_id).order_by(Window.id.desc()).limit(1)
    ).one()


def offer(
    scene, *, at=DAY_20, by="sari", person=None, to="kenanga", proof="berkas 31", guardian="", note=NOTE
):
    """Offer somebody, Budi unless said otherwise; gives what the service says."""
    person_id = person or scene.people.budi
    with scene.database.write() as session:
        found = session.get_one(Person, person_id)
        return transfers.offer(
            session, at, member(session, by), found, current(session, person_id), to, proof, guardian, note
        )


def accept(scene, *, at=DAY_20, by="lina", to="tono", transfer=None):
    """Accept the newest offer; gives the new person's id, or why not (and then nothing is stored)."""
    with scene.database.write() as session:
        made = session.get_one(Transfer, transfer or newest(scene).id)
        done = taking_over.accept(session, at, member(session, by), made, member(session, to))
        if isinstance(done, str):
            session.rollback()
            return done
        return done.id


def taken_over(scene, **how) -> int:
    """Offered and accepted; the id of the person's new record."""
    assert offer(scene) is None
    return accept(scene, **how)


def newest(scene) -> Transfer:
    return scene._all(select(Transfer).order_by(Transfer.id.desc()))[0]


def ledger(scene, person_id) -> dict:
    """How many check-ins, texts and staff contacts of one record there are in each state."""
    found = Counter()
    with scene.database.read() as session:
        for name, model in (("slot", Slot), ("text", Message), ("task", Task)):
            for state in session.scalars(select(model.state).where(model.person_id == person_id)):
                found[f"{name} {state.value}"] += 1
    return dict(found)


def acts(scene, person_id) -> list[str]:
    return scene._all(select(Audit.act).where(Audit.person_id == person_id).order_by(Audit.id))


def raise_alert(scene, family, level, *, at=DAY_20, code="A2_value", within=None):
    """Something that came up for Budi at Melati."""
    with scene.database.write() as session:
        return alerts.raise_(
            session, at, window=current(session, scene.people.budi),
            institution=session.get_one(Institution, scene.people.melati), family=family, level=level,
            signals=[(code, level, {"value": 7, "usual": 3})], about=f"answer:{family}", within=within,
        ).alert_id  # fmt: skip


def close(scene, outcome, at=DAY_20):
    with scene.database.write() as session:
        person = session.get_one(Person, scene.people.budi)
        return closing.close_window(
            session, at, person, current(session, person.id), member(session, "ratna"), outcome
        )


def person(scene, person_id) -> Person:
    return scene._all(select(Person).where(Person.id == person_id))[0]


def record(scene, person_id):
    """The newest window of a record."""
    with scene.database.read() as session:
        return current(session, person_id)


def phones(scene, person_id):
    return scene._all(select(Phone).where(Phone.person_id == person_id).order_by(Phone.rank))


def consents(scene, person_id):
    return {
        one.purpose: one.proof
        for one in scene._all(
            select(Consent).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        )
    }
