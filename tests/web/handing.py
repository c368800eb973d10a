"""What tests of handing over by its pages share: offered at one house, accepted at the other, and who is then there."""

from sqlalchemy import select

from companion.models import Person, Transfer

GOOD = {"institution": "sinar", "proof": "berkas 31", "note": "Suka ditelepon sore."}


def offer(room, login="sari", **changed):
    return room.post(login, f"/orang/{room.desk.budi.ref}/serah", **(GOOD | changed))


def newest(room) -> Transfer | None:
    return room.session.scalars(select(Transfer).order_by(Transfer.id.desc())).first()


def address(room, act="") -> str:
    return f"/institusi/serah-terima/{newest(room).ref}{act}"


def accept(room, login="rudi", to="sinta"):
    return room.post(login, address(room, "/terima"), to=getattr(room.desk, to).ref)


def facts(room, login="sari"):
    return room.get(login, f"/orang/{room.desk.budi.ref}/data").text


def over_there(room) -> Person:
    found = select(Person).where(
        Person.institution_id == room.desk.elsewhere.id, Person.id != room.desk.joko.id
    )
    return room.session.scalars(found).one()
