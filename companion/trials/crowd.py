"""The simulated people: institutions with their staff, and graduates, each with a habit. All names are made up."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from types import SimpleNamespace

from companion.db import Database
from companion.models import Institution
from companion.rules.provinces import find
from companion.rules.staff_hours import StaffHours
from companion.rules.terms import ConsentPurpose, Opioid, Role
from companion.services import enrol, institutions
from companion.trials.habits import Habit, dealt

PER_INSTITUTION = 150
PER_CASEWORKER = 50
"""The load that evidence 3 counts with: 50 graduates are about 13 calls a week."""
PLACES = ("Jakarta", "Jawa Barat", "Bali", "Sulawesi Selatan", "Papua", "Sumatera Utara", "Jawa Timur")
FIRST = ("Ahmad", "Bagus", "Citra", "Dian", "Eko", "Fitri", "Galih", "Hana", "Irfan", "Joko", "Komang", "Lina",
         "Maman", "Nur'aini", "Oktavia", "Putra", "Rini", "Selamat", "Tuti", "Wahyu", "Yosef", "Dana")  # fmt: skip
LAST = ("Abdurrahmansyah", "Batubara", "Cahyadi", "Djojohadikusumo", "Effendy", "Gunadharma", "Hutapea",
        "Iskandarsyah", "Kusnadi", "Lumbantobing", "Mahendradatta", "Nainggolan", "Prabowosunu")  # fmt: skip
LEFT_WITHIN = 7
"""Days before the trial over which the people left: nobody's week is everybody's week."""


@dataclass
class Graduate:
    """One simulated graduate. `dice` are this person's own, so that nobody's luck depends on anybody's order."""

    id: int
    window_id: int
    institution_id: int
    habit: Habit
    left_on: date
    zone: str
    province: str | None
    teen: bool
    dice: Random = field(repr=False)
    name: str = field(repr=False)
    called: str = field(repr=False)
    e164: str = field(repr=False)
    texts: int = 0
    answered: set[str] = field(default_factory=set)
    means_to_answer: set[str] = field(default_factory=set)
    spoken: int = 0


@dataclass(frozen=True)
class Worker:
    """One member of staff and the hours they keep."""

    id: int
    institution_id: int
    role: Role
    hours: StaffHours = field(repr=False)
    e164: str = field(repr=False)


@dataclass
class Crowd:
    """Everybody of one trial."""

    graduates: dict[int, Graduate] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self):
        self.on_number: dict[str, list[Graduate]] = {}
        self.staff_number: dict[str, Worker] = {}

    def add(self, graduate: Graduate) -> None:
        self.graduates[graduate.id] = graduate
        self.on_number.setdefault(graduate.e164, []).append(graduate)

    def hire(self, worker: Worker) -> None:
        self.workers.append(worker)
        self.staff_number[worker.e164] = worker


def gather(database: Database, begin: datetime, clients: int, seed: int, home: range) -> Crowd:
    """Write institutions, staff and graduates into an empty database; everybody left within the week before.

    Of all `clients` only those in `home` live here; it begins with an institution.
    """
    crowd = Crowd()
    dice = Random(f"{seed}:crowd")  # noqa: S311 - play, not secrecy
    habits = dealt(clients, dice)
    for start in range(home.start, home.stop, PER_INSTITUTION):
        with database.write() as session:
            place = _found(session, begin, crowd, len(crowd.workers), start // PER_INSTITUTION)
            caseworkers = [worker for worker in crowd.workers if worker.institution_id == place.id][1:]
            for n in range(start, min(start + PER_INSTITUTION, home.stop)):
                worker = caseworkers[n % len(caseworkers)]
                _bring_in(session, begin, crowd, place, worker, _Newcomer(n, seed, habits[n], begin))
    return crowd


def _found(session, begin, crowd, hired: int, n: int) -> Institution:
    province = find(PLACES[n % len(PLACES)])
    place = enrol.create_institution(
        session,
        begin,
        code=f"pusat{n}",
        name=f"Rumah Percobaan {n}",
        zone=province.zone,
        province=province.code,
    )
    place.asks_use, place.contact_number = True, "+622150001234"
    place.duty_number, place.on_call = f"+62811800{n:04d}", n % 2 == 1
    roles = [Role.SUPERVISOR] + [Role.CASEWORKER] * (PER_INSTITUTION // PER_CASEWORKER)
    for position, role in enumerate(roles, start=hired):
        e164 = f"+62811900{position:04d}"
        staff = enrol.create_staff(
            session, begin, institution=place, login=f"petugas{position}", name=f"Petugas {position}", role=role,
            password="nobody signs in here", phone=e164,  # noqa: S106
        )  # fmt: skip
        crowd.hire(Worker(staff.id, place.id, role, institutions.staff_hours(place), e164))
    return place


class _Newcomer(SimpleNamespace):
    """The row of a sheet about the n-th person."""

    def __init__(self, n: int, seed: int, habit: Habit, begin: datetime):
        dice = Random(f"{seed}:{n}")  # noqa: S311
        province = find(dice.choice(PLACES))
        teen = dice.random() < 0.04
        first = FIRST[n % len(FIRST)]
        super().__init__(
            dice=dice, habit=habit, name=f"{first} {LAST[n % len(LAST)]}", called=first, sex=None,
            born_on=date(2011 if teen else 1970 + n % 33, 1 + n % 12, 1 + n % 28),
            e164=f"+62812{n:07d}", second_e164=None, zone=province.zone, province=province.code,
            left_on=begin.date() - timedelta(days=dice.randint(0, LEFT_WITHIN - 1)), guardian_name="Wali" if teen else None,
            relation=None, family_e164=None, family_consent=False,
            preferred_hour=dice.choice([None, None, "09:00", "13:00", "16:30"]),
            opioid=dice.choice(list(Opioid)), phone_kind=habit.phone, ref=f"{dice.getrandbits(72):018x}"[:12],
            teen=teen, n=n,
        )  # fmt: skip


def _bring_in(session, begin, crowd, place, worker, newcomer) -> None:
    """Enrol, then consent: the reference is set in between, because the jitter of the plan is drawn from it."""
    habit = newcomer.habit
    if habit.acts == "shares":
        newcomer.e164 = _shared_number(crowd, newcomer.e164)
    done = enrol.enrol(session, begin, place, newcomer, caseworker_id=worker.id)
    done.person.ref = newcomer.ref
    session.flush()
    session.refresh(done.person, ["phones"])
    if newcomer.dice.random() < 0.05:
        done.person.phones[0].safe_from, done.person.phones[0].safe_to = "10:00", "17:00"
    if habit.acts != "no_consent":
        for purpose in (ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT) if newcomer.teen else (
            ConsentPurpose.FOLLOW_UP,
        ):  # fmt: skip
            enrol.record_consent(session, begin, done.person, purpose, "berkas percobaan")
    crowd.add(
        Graduate(
            id=done.person.id, window_id=done.window.id, institution_id=place.id, habit=habit,
            left_on=newcomer.left_on, zone=newcomer.zone, province=newcomer.province, teen=newcomer.teen,
            dice=newcomer.dice, name=newcomer.name, called=newcomer.called, e164=newcomer.e164,
        )
    )  # fmt: skip


def _shared_number(crowd: Crowd, own: str) -> str:
    """The number of the one before who shares and is alone with it; else the own one, for the next to share."""
    for e164, people in reversed(crowd.on_number.items()):
        if len(people) == 1 and people[0].habit.acts == "shares":
            return e164
    return own
