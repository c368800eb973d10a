"""What tests of the family's reading share: Rina's PIN, how she knocks, and words that would betray anybody."""

import re
from datetime import timedelta

from sqlalchemy import select

from companion.models import Person
from tests.web.office import post, rows

PIN = "042917"
WEEK = timedelta(days=7)
BETRAYING = re.compile(
    r"budi|santoso|sahabat|melati|narkoba|rehab|bnn|pemulihan|kambuh|adiksi|keluarga|family", re.IGNORECASE
)


def knock(client, member, pin=PIN):
    return post(client, f"/f/{member.token}", pin=pin)


def person(app, one) -> Person:
    return rows(app, select(Person).where(Person.id == one))[0]


def change(app, kind, one, **values):
    with app.extensions["database"].write() as session:
        row = session.get_one(kind, one)
        for name, value in values.items():
            setattr(row, name, value)
