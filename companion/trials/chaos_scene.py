"""What a crash trial begins with: people whose one check-in falls due while workers are killed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import bindparam, delete, func, insert, select, update

from companion.db import Database
from companion.engine.time import set_clock
from companion.models import Link, Phone, Slot
from companion.rules.plan import GIVE_UP_AFTER
from companion.rules.states import SlotState
from companion.rules.terms import LinkKind
from companion.services.plain_rows import among
from companion.trials.bulk import Loader

BEGIN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""A Tuesday, 10.00 in Jakarta, with no holiday in the days after: what is due may leave at once."""
LIVES_ON = timedelta(days=4)
"""A check-in that falls due in the trial has ended by then: given up after a day, missed two days later."""
TAKES_ANSWERS_FOR = timedelta(days=7)
PER_CASEWORKER = 50
EVERY_SHARED, EVERY_STOPPING, EVERY_EARLY = 25, 12, 20
"""One in so many people has the number of somebody else, stops by an older link, answers before the text comes."""


@dataclass(frozen=True)
class Plan:
    """How large a trial is. `pace`: how many times as fast everybody's clock runs (see trials.pace)."""

    messages: int = 2_000
    kills: int = 50
    workers: int = 4
    senders: int = 8
    seed: int = 1
    pace: float = 10
    at_once: float = 0.4
    """The share of check-ins that fall due in the first second: all workers reach for them together."""

    @property
    def storm(self) -> float:
        """Real seconds in which check-ins fall due; the workers are killed while they work that off."""
        return max(self.messages / 25, 8)

    @property
    def storm_lived(self) -> timedelta:
        """The same on people's clocks."""
        return timedelta(seconds=self.storm * self.pace)

    @property
    def end(self) -> datetime:
        return BEGIN + self.storm_lived + LIVES_ON


@dataclass
class Outcome:
    """How one scene went. `needed`: figures, each with the least without which the scene has shown nothing."""

    broken: dict[str, list[str]]
    needed: dict[str, tuple[float, float]]
    figures: dict[str, float]
    seconds: float


@dataclass(frozen=True)
class Scene:
    """What was promised: ids of the slots that fall due, and older links by which some stop their texts."""

    due: frozenset[int]
    early: frozenset[int]
    old_links: tuple[str, ...]


def set_scene(database: Database, plan: Plan, machine: datetime) -> Scene:
    """So many people with one check-in each still to come, all of them while the storm lasts."""
    loader = Loader(database, BEGIN, size=min(1_000, plan.messages))
    place = loader.institution("melati", -(-plan.messages // PER_CASEWORKER))
    while loader.people < plan.messages:
        loader.block(place)
    with database.write() as session:
        newest = session.execute(
            select(func.max(Slot.id).label("id"), Slot.person_id)
            .where(Slot.state == SlotState.PLANNED).group_by(Slot.person_id)
            .order_by(Slot.person_id).limit(plan.messages)
        ).all()  # fmt: skip
        person_of = {row.id: row.person_id for row in newest}
        session.execute(
            delete(Slot).where(Slot.state == SlotState.PLANNED, ~among(session, Slot.id, person_of))
        )
        _let_fall_due(session, sorted(person_of), plan)
        _share_numbers(session, list(person_of.values()))
        old_links = _links_of_last_week(session, list(person_of.values()))
        set_clock(session, BEGIN, machine)
    loader.done()
    early = frozenset(slot for slot, person in person_of.items() if person % EVERY_EARLY == 0)
    return Scene(frozenset(person_of), early, old_links)


def _let_fall_due(session, ids: list[int], plan: Plan) -> None:
    dice = Random(f"{plan.seed}:due")  # noqa: S311 - play, not secrecy
    rows = []
    for slot_id in ids:
        ahead = 0.0 if dice.random() < plan.at_once else dice.uniform(0, 0.8)
        due = BEGIN + plan.storm_lived * ahead
        rows.append({
            "row": slot_id, "due": due, "give_up": due + GIVE_UP_AFTER, "closes": due + TAKES_ANSWERS_FOR,
        })  # fmt: skip
    table = Slot.__table__
    names = {"due_at": "due", "look_at": "due", "give_up_at": "give_up", "closes_at": "closes"}
    values = {column: bindparam(name, type_=table.c[column].type) for column, name in names.items()}
    session.connection().execute(update(table).where(table.c.id == bindparam("row")).values(values), rows)


def _share_numbers(session, people: list[int]) -> None:
    """Two people, one phone: it may take one text a day, and one of them can silence it for both."""
    for person_id in people:
        if person_id % EVERY_SHARED == 0:
            session.execute(update(Phone).where(Phone.person_id == person_id).values(number_id=person_id - 1))


def _links_of_last_week(session, people: list[int]) -> tuple[str, ...]:
    """A link of an earlier check-in for some: it takes no answer any more, but texts can be stopped behind it."""
    old = session.execute(
        select(func.max(Slot.id).label("id"), Slot.person_id, Slot.institution_id, Phone.number_id)
        .join(Phone, Phone.person_id == Slot.person_id)
        .where(Slot.state == SlotState.ANSWERED)
        .group_by(Slot.person_id, Slot.institution_id, Phone.number_id)
    ).all()  # fmt: skip
    wanted = {person_id for person_id in people if person_id % EVERY_STOPPING == 0}
    links = [
        {
            "token": f"o{row.id:011x}", "institution_id": row.institution_id, "kind": LinkKind.SLOT,
            "person_id": row.person_id, "number_id": row.number_id, "slot_id": row.id, "created_at": BEGIN,
        }
        for row in old if row.person_id in wanted
    ]  # fmt: skip
    if links:
        session.execute(insert(Link.__table__), links)
    return tuple(link["token"] for link in links)
