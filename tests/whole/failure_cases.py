"""What the tests of failures elsewhere share: the list of cases, and plain acts in a scene.

Each number is a case of systems like ours that went wrong; the test that bears it says what must not happen here.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from companion import sheets
from companion.channels.protocol import Receipt, Status
from companion.db import Base
from companion.engine import settle
from companion.models import Institution, Message, Person, Phone, Slot
from companion.rules import plan
from companion.rules.states import SlotState
from companion.rules.terms import ConsentPurpose, Lane, Purpose
from companion.services import answers, enrol, family, importing, outbox, stops
from companion.trials.bulk import Loader
from tests import cast

CASES = (
    1, 2, 3, 4, 6, 7, 9, 10, 11, 12, 14, 15, 17, 18, 19, 20, 21, 23, 25, 27, 28, 29, 30, 31, 32, 34, 35, 38, 39, 40,
    41, 42, 43, 44, 46, 47, 48, 50, 51, 52, 53, 55,
)  # fmt: skip
NOT_OURS = {
    4: "No text comes in yet, so nothing answers by itself; a receipt that comes five times is tested here.",
    28: "There is one route and no modem of ours to test itself; that a missing receipt never counts is tested here.",
    29: "In Indonesia a sender's name takes no replies; the words of stopping come with inbound text. What the carrier "
    "learned of a STOP is tested here.",
    30: "Unclear words near a stop word come with inbound text; the page has a button, which cannot be misread.",
}
"""Cases, or parts of them, that cannot happen here, and why."""


def reply(scene, slot, said=None):
    """The person answers by the link of their invitation."""
    with scene.database.write() as session:
        door = answers.look(session, scene.message(slot).token, scene.clock.at)
        return answers.receive(session, door, said or {"mood": 4}, scene.clock.at)


def report(scene, message, status=Status.DELIVERED, reason=None):
    """The carrier says what became of a text; whether that was news."""
    return settle.receive(
        scene.house, message.ref, Receipt(status, reason, None, message.carrier_sid or "SMx")
    )


def stop(scene, until: datetime, **where):
    """Stop sending, everywhere unless said otherwise."""
    where = {"institution_id": None, "reason": "banjir"} | where
    return scene.write(stops.stop, scene.clock.at, until=until, **where)


def promise(scene, purpose: Purpose, person_id: int | None = None, lane=Lane.BULK, **about):
    """Promise a text of this purpose to somebody, due now; gives the message."""
    person_id = person_id or scene.people.budi
    subject = about.pop("subject", f"case:{purpose}:{person_id}")
    about = {"person_id": person_id, "number_id": scene.number_id(person_id), "token": "abcdefghijkl"} | about
    with scene.database.write() as session:
        institution_id = session.get_one(Person, person_id).institution_id
        outbox.promise(
            session, scene.clock.at, institution_id=institution_id, purpose=purpose, subject=subject,
            expires_at=scene.clock.at + timedelta(days=2), lane=lane, **about,
        )  # fmt: skip
    return scene.messages(subject=subject)[0]


def move_slot(scene, person_id: int, due_at: datetime) -> Slot:
    """Let the next check-in fall due at this instant, and nothing else of this person before it has closed."""
    slot = scene.next_slot(person_id)
    scene.change(
        Slot, slot.id, due_at=due_at, look_at=due_at, give_up_at=plan.give_up_at(due_at),
        closes_at=due_at + plan.LONGEST_LIFE,
    )  # fmt: skip
    with scene.database.write() as session:
        later = Slot.person_id == person_id, Slot.state == SlotState.PLANNED, Slot.id != slot.id
        session.execute(update(Slot).where(*later).values(state=SlotState.CANCELLED, look_at=None))
    return scene.slot(slot.id)


def somewhere_else(scene, person_id: int, zone: str, province: str | None = None) -> None:
    scene.change(Person, person_id, zone=zone, province=province)


def made_sure(scene, at: datetime) -> None:
    """Every number was made sure of then, so that none counts as silent for too long."""
    with scene.database.write() as session:
        session.execute(update(Phone).values(confirmed_at=at, look_at=None))


def crowd(database, n: int, due_at: datetime) -> None:
    """An institution in an empty database with so many graduates, who each have one check-in, all due at once."""
    loader = Loader(database, cast.NOW, size=n)
    loader.block(loader.institution("ramai", 2))
    loader.done()
    with database.write() as session:
        first = select(func.min(Slot.id)).where(Slot.state == SlotState.PLANNED).group_by(Slot.person_id)
        kept = session.scalars(first).all()
        session.execute(delete(Slot).where(Slot.id.not_in(kept)))
        session.execute(
            update(Slot).values(
                due_at=due_at, look_at=due_at, give_up_at=plan.give_up_at(due_at),
                closes_at=due_at + plan.LONGEST_LIFE,
            )
        )  # fmt: skip


def end_leases(database, now: datetime) -> None:
    """Let the minute be over in which a sender that died might still have been waiting for the carrier."""
    long_ago = now - timedelta(days=400)
    with database.write() as session:
        held = Message.lease_until.is_not(None)
        session.execute(update(Message).where(held).values(lease_until=long_ago, look_at=now))


def brought(scene, rows: list[dict], consent_ref: str | None = "berkas 12") -> dict[str, str]:
    """Import a sheet with these rows as an office would; the verdict of each row by its name."""
    columns = ["Nama", "No HP", "Tanggal keluar", "Tanggal lahir", "Provinsi", "Setuju"]
    lines = [";".join(columns), *(";".join(row[name] for name in columns) for row in rows)]
    sheet = sheets.read("\n".join(lines).encode(), "klien.csv")
    with scene.database.write() as session:
        place = session.get_one(Institution, scene.people.melati)
        verdicts = sheets.judge(sheet, scene.clock.at.date(), 120, importing.known(session, place))
        importing.store(
            session, scene.clock.at, place, verdicts, caseworker_id=scene.people.sari, consent_ref=consent_ref
        )
    return {rows[n]["Nama"]: verdict.verdict.value for n, verdict in enumerate(verdicts)}


def row(name="Budi Santoso", number="0812 0000 0001", **other) -> dict:
    """One row of a sheet; Budi's unless said otherwise."""
    about = {
        "Tanggal keluar": "2026-11-20",
        "Tanggal lahir": "1990-05-01",
        "Provinsi": "DKI Jakarta",
        "Setuju": "ya",
    }
    return {"Nama": name, "No HP": number} | about | other


def reader(scene, e164="+6281300000009") -> int:
    """Somebody of Budi's family who reads, with his consent; the id of their number."""
    with scene.database.write() as session:
        budi = session.get_one(Person, scene.people.budi)
        enrol.record_consent(session, scene.clock.at, budi, ConsentPurpose.FAMILY, "berkas 12")
        member = family.invite(
            session, scene.clock.at, budi, name="Ibu Contoh", relation="Ibu", e164=e164, language="id",
            pin_hash="hash", staff_id=scene.people.sari,
        )  # fmt: skip
        return member.number_id


def everything(database) -> dict:
    """Every row of every table, to see that nothing changed."""
    with database.read() as session:
        return {
            name: session.execute(table.select().order_by(*table.primary_key.columns)).all()
            for name, table in Base.metadata.tables.items()
        }
