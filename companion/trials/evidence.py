"""What a trial left behind, as plain rows: the tables, the phones, and what the simulated people did themselves."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import inspect, select

from companion.engine.tick import Report
from companion.models import (
    Alert,
    FamilyMember,
    Gap,
    GapCall,
    Institution,
    Link,
    Message,
    Number,
    Parked,
    Phone,
    Signal,
    Slot,
    Window,
)
from companion.rules.results import Code
from companion.trials.crowd import Crowd, Graduate
from companion.trials.desk import MOVES_TO, Desk
from companion.trials.diary import Arrival, Diary, Did
from companion.trials.grounds import Grounds
from companion.trials.trouble import Event, Trouble

TABLES = (
    Slot,
    Message,
    Alert,
    Signal,
    Window,
    Link,
    Phone,
    Number,
    Parked,
    Institution,
    FamilyMember,
    Gap,
    GapCall,
)


@dataclass
class Evidence:
    """Everything that the promises are checked against. `still`: when nothing could leave, and it was no fault."""

    begin: datetime
    end: datetime
    step: timedelta
    crowd: Crowd
    diary: Diary
    rows: dict[str, list]
    accepted: set[str]
    """The carrier's own names of every text it took."""
    still: list[tuple[datetime, datetime]] = field(default_factory=list)
    carrier_errs: bool = False
    lines_seen: list[tuple[int, datetime, int, int]] = field(default_factory=list)
    """Staff id, instant, lines and reds on the list when somebody sat down to it."""
    events: list[Event] = field(default_factory=list)
    turned_back: list[Report] = field(default_factory=list)
    """What ticks did at a time that lay behind the last one."""

    @cached_property
    def links(self) -> dict[str, object]:
        return {link.token: link for link in self.rows["link"]}

    @cached_property
    def message_of_sid(self) -> dict[str, object]:
        return {row.carrier_sid: row for row in self.rows["message"] if row.carrier_sid}

    @cached_property
    def slots(self) -> dict[int, object]:
        return {slot.id: slot for slot in self.rows["slot"]}

    @cached_property
    def to_graduates(self) -> list[tuple[Arrival, Graduate]]:
        """Texts on graduates' phones, each with the person it was meant for, by the link at its end."""
        found = []
        for text in self.diary.arrivals:
            if text.to in self.crowd.staff_number or text.to not in self.crowd.on_number:
                continue
            link = self.links.get(text.token)
            meant = self.crowd.graduates.get(link.person_id) if link else None
            found.append((text, meant or self.crowd.on_number[text.to][0]))
        return found

    @cached_property
    def _moves(self) -> dict[int, datetime]:
        return {call.person_id: call.at for call in self.diary.calls if call.code is Code.MOVED}

    def person_of(self, did: Did) -> int:
        """Whose link it was: who held a shared phone in their hand is nobody's knowledge."""
        link = self.links.get(did.token)
        return link.person_id if link else did.person_id

    def place_of(self, graduate: Graduate, at: datetime) -> tuple[str, str | None]:
        """Zone and province in which somebody lived at an instant."""
        moved = self._moves.get(graduate.id)
        if moved is not None and moved <= at:
            return MOVES_TO.zone, MOVES_TO.code
        return graduate.zone, graduate.province

    @cached_property
    def told(self) -> dict[int, list[datetime]]:
        """For each alert the instants at which a text about it lay on a staff phone."""
        found = defaultdict(list)
        for text in self.diary.arrivals:
            row = self.message_of_sid.get(text.sid)
            if row is not None and row.alert_id is not None:
                found[row.alert_id].append(text.at)
        return found

    def past_trouble(self, at: datetime) -> datetime:
        """The same instant, or a moment after the trouble in which it lies, or which was over only just before."""
        for began, ended in sorted(self.still):
            if began <= at < ended + 2 * self.step:
                at = ended + 2 * self.step
        return at


def collect(
    grounds: Grounds, crowd: Crowd, diary: Diary, desk: Desk, trouble: Trouble, begin, end, step, turned_back
) -> Evidence:
    """Read everything once, after the trial."""
    rows = {}
    with grounds.database.read() as session:
        for model in TABLES:
            closed = {"said", "values", "e164", "holder", "name", "relation", "duty_number", "contact_number"}
            columns = [column for column in inspect(model).columns if column.key not in closed]
            rows[model.__tablename__] = session.execute(select(*columns)).all()
    accepted = {text.sid for text in grounds.phones.texts()}
    return Evidence(
        begin,
        end,
        step,
        crowd,
        diary,
        rows,
        accepted,
        trouble.still,
        trouble.carrier is not None,
        desk.lines_seen,
        list(trouble.events),
        turned_back,
    )
