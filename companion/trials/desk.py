"""Simulated staff: they work their lists in staff hours, through the same services as the staff pages."""

import heapq
from datetime import datetime, time, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from companion.db import Database
from companion.models import Alert, Message, Person, Staff
from companion.rules.provinces import find
from companion.rules.results import AlertOutcome, Code, WindowOutcome
from companion.rules.states import AlertState, Family, Level, MessageState, WindowState
from companion.rules.terms import PersonStatus, Role, Step
from companion.services import caseload_lists, closing, contact_check, contacts, windows
from companion.services.caseload_lists import ANSWERED, RED, Listing
from companion.services.contact_alerts import unclosed
from companion.trials import habits
from companion.trials.crowd import Crowd, Worker
from companion.trials.diary import Diary, Spoke

SITTINGS = (time(8, 20), time(10, 40), time(13, 20), time(15, 10))
"""When a caseworker turns to the list, by the institution's clock."""
A_SITTING = 5
"""Calls and visits in one of them: twenty a day are more than evidence 3 counts for 50 graduates, so nobody is short."""
PICKS_UP_A_TEXT = timedelta(minutes=25)
ENDING = {PersonStatus.DIED, PersonStatus.WITHDRAWN}
MOVES_TO = find("Papua")


class Desk:
    """Everybody's working days, one sitting after another."""

    def __init__(self, database: Database, crowd: Crowd, diary: Diary, begin: datetime, days: int, seed: int):
        self.database, self.crowd, self.diary = database, crowd, diary
        self._sittings: list[tuple[datetime, int, Worker, bool]] = []
        self._nth = count()
        self._dice = Random(f"{seed}:desk")  # noqa: S311 - play, not secrecy
        self._again: dict[int, datetime] = {}
        self.lines_seen: list[tuple[int, datetime, int, int]] = []
        for worker in crowd.workers:
            self._plan_days(worker, begin, days)

    def _plan_days(self, worker: Worker, begin: datetime, days: int) -> None:
        zone = ZoneInfo(worker.hours.zone)
        first = begin.astimezone(zone).date()
        for day in (first + timedelta(days=n) for n in range(days + 1)):
            for moment in SITTINGS:
                at = datetime.combine(day, moment, zone)
                if at > begin and worker.hours.on_duty(at):
                    self._plan(at, worker)

    def _plan(self, at: datetime, worker: Worker, *, called: bool = False) -> None:
        heapq.heappush(self._sittings, (at, next(self._nth), worker, called))

    def next_at(self) -> datetime | None:
        """When somebody sits down to work next."""
        return self._sittings[0][0] if self._sittings else None

    def texted(self, worker: Worker, at: datetime) -> None:
        """A text about something urgent: whoever gets it looks soon."""
        self._plan(at + PICKS_UP_A_TEXT, worker, called=True)

    def work(self, now: datetime) -> bool:
        """Everybody who sits down by now works their list; whether anybody did."""
        busy = bool(self._sittings) and self._sittings[0][0] <= now
        while self._sittings and self._sittings[0][0] <= now:
            _at, _n, worker, called = heapq.heappop(self._sittings)
            self._sit(now, worker, called)
        return busy

    def _sit(self, now: datetime, worker: Worker, called: bool) -> None:
        """One transaction for the sitting: nobody else is at work in its instant."""
        with self.database.write() as session:
            staff, calls = session.get_one(Staff, worker.id), 0
            for person_id, rank in self._list(session, now, worker, staff):
                if calls == A_SITTING or (called and rank != RED):
                    break
                if not called and rank != ANSWERED and self._again.get(person_id, now) > now:
                    continue  # a date was set: until then there is nothing to do
                if rank == ANSWERED:
                    self._close_answered(session, now, staff, person_id)
                else:
                    calls += self._ring(session, now, staff, person_id, rank)

    def _list(self, session: Session, now, worker: Worker, staff: Staff) -> list[tuple[int, int]]:
        supervises = worker.role is Role.SUPERVISOR
        view = caseload_lists.scope(staff, now, whole_institution=supervises)
        ranking = caseload_lists.ranked(session, view, Listing.ALL, 1)
        reds = sum(rank == RED for _, rank in ranking.page)
        self.lines_seen.append((worker.id, now, ranking.counts[Listing.ALL], reds))
        return self._climbed(session, ranking.page) if supervises else ranking.page

    def _climbed(self, session, people) -> list[tuple[int, int]]:
        """A supervisor takes what has come up to them, and what only a supervisor may settle."""
        ids = [person_id for person_id, _ in people]
        theirs = set(
            session.scalars(
                select(Alert.person_id).where(
                    Alert.person_id.in_(ids), Alert.state == AlertState.OPEN, Alert.step != Step.CASEWORKER
                )
            )
        )
        theirs |= set(session.scalars(select(Person.id).where(Person.id.in_(ids), Person.status.in_(ENDING))))
        return [(person_id, rank) for person_id, rank in people if person_id in theirs]

    def _close_answered(self, session, now, staff: Staff, person_id: int) -> None:
        for alert in unclosed(session, person_id):
            if closing.why_not(session, alert, staff) is None:
                closing.close_alert(session, now, alert, staff, AlertOutcome.ANSWERED, True)

    def _ring(self, session, now, staff: Staff, person_id: int, rank: int) -> int:
        """One call or visit, noted with its result, and what may be closed after it. Counts calls."""
        person = session.get_one(Person, person_id, options=[joinedload(Person.phones)])
        window = windows.current(session, person_id)
        if person.status in ENDING:
            if staff.role is Role.SUPERVISOR:
                closing.confirm_end(session, now, person, window, staff)
            return 0
        if window.state is WindowState.CLOSED:
            return 0
        code = self._goes(person_id, rank)
        entry = self._entry(now, person_id, code)
        here = contacts.setting(session, now, staff, person, window, entry)
        if faults := contact_check.faults(here, entry):
            raise RuntimeError(f"a simulated call does not fit its form: {sorted(faults)}")
        self._again[person_id] = contacts.note(session, here, entry).contact.next_at or now
        self.diary.calls.append(Spoke(person_id, now, code))
        self._settle(session, now, staff, person, window, code)
        return 1

    def _goes(self, person_id: int, rank: int) -> Code:
        graduate = self.crowd.graduates[person_id]
        code = habits.on_the_phone(graduate.habit, graduate.dice, graduate.spoken, rank == RED)
        graduate.spoken += code not in (Code.NO_ANSWER, Code.OTHER_PERSON, Code.NOT_CONNECTED)
        return code

    def _entry(self, now, person_id: int, code: Code) -> contacts.Entry:
        more = {
            Code.AGREED: {"at": now + timedelta(days=3)},
            Code.PAUSE: {"until": now + timedelta(days=9)},
            Code.CRISIS_HANDED: {"handler": "Puskesmas"},
            Code.MOVED: {"zone": MOVES_TO.zone, "province": MOVES_TO.code},
        }.get(code, {})
        once = f"{person_id}:{now:%Y%m%d%H%M}:{next(self._nth)}"
        return contacts.Entry(
            code=code, once=once, we_rang=code is Code.NO_ANSWER and person_id % 4 == 0, **more
        )

    def _settle(self, session, now, staff, person, window, code: Code) -> None:
        session.flush()
        for alert in unclosed(session, person.id):
            if alert.family is Family.DATA:
                self._decide_texts(session, now, staff, person.id)
                session.refresh(alert)
            if alert.state is not AlertState.CLOSED and closing.why_not(session, alert, staff) is None:
                outcome = AlertOutcome.SPOKE if code is Code.SPOKE_WELL else AlertOutcome.CORRECTED
                closing.close_alert(session, now, alert, staff, outcome, alert.level is Level.RED)
        if code is Code.SPOKE_WELL and now >= window.ends_at:
            closing.close_window(session, now, person, window, staff, WindowOutcome.STABLE)

    def _decide_texts(self, session, now, staff, person_id: int) -> None:
        """They are asked on the phone whether the text is there."""
        came = {text.token for text in self.diary.arrivals if text.token}
        unsure = session.scalars(
            select(Message).where(Message.person_id == person_id, Message.state == MessageState.UNSURE)
        )
        for message in unsure.all():
            closing.decide_text(session, now, staff, message, sent=message.token in came)
