"""What simulations found, kept as small tests: each of these once broke a promise of a trial."""

from sqlalchemy import select, update

from companion.models import Alert, Institution, Message, Window
from companion.rules.states import Family, Level, Within
from companion.rules.terms import Purpose, Step
from companion.services import alerts
from tests.cast import NOW, later


def raise_(session, people, level, at, about):
    """An alert about Budi's silence, as the engine raises it."""
    window = session.scalars(select(Window).where(Window.person_id == people.budi)).one()
    return alerts.raise_(
        session, at, window=window, institution=session.get_one(Institution, people.melati),
        family=Family.SILENCE, level=level, signals=[("A7", level, {})], about=about, within=Within.HOURS_4,
        caseworker_id=people.sari,
    )  # fmt: skip


def test_a_red_alert_is_told_although_it_stood_on_the_banner_as_an_amber_one(database, people):
    with database.write() as session:
        amber = raise_(session, people, Level.AMBER, NOW, "slot:1")
        session.execute(
            update(Alert).where(Alert.id == amber.alert_id).values(step=Step.BANNER, look_at=None)
        )
    with database.write() as session:
        red = raise_(session, people, Level.RED, later(hours=1), "heard:1")
    with database.read() as session:
        texts = session.scalars(select(Message).where(Message.alert_id == red.alert_id)).all()
        assert [(text.purpose, text.staff_id) for text in texts] == [(Purpose.STAFF_URGENT, people.sari)]
        assert session.get_one(Alert, red.alert_id).step is Step.CASEWORKER
