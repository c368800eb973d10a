"""A small living world for tests about the whole: every page has something to show, with marked words in it."""

from dataclasses import dataclass

from sqlalchemy import select

from companion.engine.tick import tick
from companion.models import (
    Alert,
    FamilyMember,
    Institution,
    Link,
    Message,
    Person,
    Slot,
    Staff,
    Transfer,
    Window,
)
from companion.rules.states import Family, Level, Within
from companion.rules.terms import ConsentPurpose, LinkKind, Role
from companion.services import (
    alerts,
    answers,
    enrol,
    family,
    importing,
    links,
    passwords,
    transfers,
    wordings,
)
from tests import cast

PIN = "123456"
SHEET = "Nama;No HP;Tanggal Keluar;Provinsi;Setuju\nRina Contoh;081312345678;2026-11-20;Jakarta;ya\n"


@dataclass
class World:
    """Ids and refs of what there is."""

    people: cast.Cast
    tokens: dict[str, str]
    refs: dict[str, str]


def build(house, clock) -> World:
    """The cast, one asked check-in, a struggling answer, a silence, a family that reads, a draft of an import."""
    with house.database.write() as session:
        people = cast.gather(session)
        session.get_one(Institution, people.melati).contact_number = "+622150001234"
    clock.at = cast.later(days=2, hours=3)
    tick(house)
    with house.database.write() as session:
        tokens = _answers(session, people, clock.at)
        refs = _refs(session, people, clock.at)
        tokens |= _family(session, people, clock.at)
        refs["wording"] = _wordings(session, people, clock.at)
        refs["offer"] = _offers(session, people, clock.at)
        tokens["staff"] = links.make(session, clock.at, LinkKind.STAFF, institution_id=people.melati)
    return World(people, tokens, refs)


def _answers(session, people, now) -> dict[str, str]:
    rows = session.execute(
        select(Slot.person_id, Link.token).join(Link, Link.slot_id == Slot.id).order_by(Slot.id)
    ).all()
    tokens = {row.person_id: row.token for row in rows}
    door = answers.look(session, tokens[people.wati], now)
    answers.receive(session, door, {"mood": 2, "urge": 8, "confidence": 2, "contact": "soon"}, now)
    return {"open": tokens[people.budi], "received": tokens[people.wati], "other": tokens[people.yusuf]}


def _refs(session, people, now) -> dict[str, str]:
    budi = session.get_one(Person, people.budi)
    window = session.scalars(select(Window).where(Window.person_id == budi.id)).one()
    alerts.raise_(
        session, now, window=window, institution=budi.institution, family=Family.SILENCE, level=Level.AMBER,
        signals=[("M1", Level.AMBER, {"due_at": now.isoformat()})], about="slot:0", within=Within.DAYS_2,
    )  # fmt: skip
    draft = importing.keep_draft(
        session, now, institution_id=people.melati, staff_id=people.sari, filename="klien.csv",
        content=SHEET.encode(), total=1,
    )  # fmt: skip
    alert = session.scalars(select(Alert).where(Alert.person_id == budi.id)).first()
    return {
        "person": budi.ref, "colleague": session.get_one(Person, people.wati).ref, "alert": alert.ref,
        "draft": draft.ref, "staff": session.get_one(Staff, people.dewi).ref,
        "message": session.scalars(select(Message.ref).where(Message.person_id == people.budi)).first(),
    }  # fmt: skip


def _wordings(session, people, now) -> str:
    """Bayu, a second supervisor, has had one text approved by Ratna, and proposes another; gives the proposal."""
    ratna = session.get_one(Staff, people.ratna)
    bayu = cast.staff(session, ratna.institution, "bayu", Role.SUPERVISOR)
    invitation, reminder = (
        (wordings.place(purpose, "a"), wordings.place(purpose, "b").shipped)
        for purpose in ("invitation", "reminder")
    )
    approved = wordings.save(session, now, bayu, *invitation, seen=0, propose=True)
    assert wordings.approve(session, now, ratna, approved)
    return wordings.save(session, now, bayu, *reminder, seen=0, propose=True)


def _offers(session, people, now) -> str:
    """Tono offers his Yusuf to Ratna, and Dewi her Wati to Tono's institution; gives the first offer."""
    tono, dewi = (session.get_one(Staff, one) for one in (people.tono, people.dewi))
    for staff, person_id, code in ((tono, people.yusuf, "melati"), (dewi, people.wati, "kenanga")):
        window = session.scalars(select(Window).where(Window.person_id == person_id)).one()
        person = session.get_one(Person, person_id)
        assert not transfers.offer(session, now, staff, person, window, code, "berkas 3", "", "Contoh")
    return session.scalars(select(Transfer.ref).where(Transfer.person_id == people.yusuf)).one()


def _family(session, people, now) -> dict[str, str]:
    budi = session.get_one(Person, people.budi)
    enrol.record_consent(session, now, budi, ConsentPurpose.FAMILY, "berkas 12")
    member = family.invite(
        session, now, budi, name="Ibu Contoh", relation="Ibu", e164="+6281300000009", language="id",
        pin_hash=passwords.hash(PIN), staff_id=people.sari,
    )  # fmt: skip
    return {"family": member.token, "member": session.get_one(FamilyMember, member.id).ref}


def sign_in(client, login: str):
    return client.post("/masuk", data={"login": login, "password": cast.PASSWORD})


def enter_family(client, world: World):
    return client.post(f"/f/{world.tokens['family']}", data={"pin": PIN})
