"""What an institution may change about the shipped calendar, and what the calendar is then (design 3, texts 7).

Hours and days without texts may only become narrower: a feast on which no text leaves can be moved when its date was
wrong, but never be made a day like any other. That is no check that could be forgotten: `apply` keeps it, whatever a
statement says.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from companion.rules import provinces
from companion.rules.days import EVERYWHERE, Calendar, Ramadan, SpecialDay
from companion.rules.terms import DayKind

MOVED_AT_MOST = 3
"""Days by which a shipped date can be wrong: two communities and the sky disagree by one or two."""
RAMADAN_LASTS = range(28, 32)
"""29 or 30 days; one more on either side where two communities begin or end on different days."""
CLOSED_AT_MOST = 21
"""Days in a row without staff: further ahead no deadline and no contact date could be found."""
QUIET_AT_MOST = 7
"""Days in a row without texts; whoever needs longer stops sending, with a reason and an end."""
AHEAD_AT_MOST = 731
"""Days; further ahead is a mistyped year."""


class Fault(StrEnum):
    """Why a statement is refused."""

    PAST = "past"  # the day is over
    FAR = "far"  # more than two years ahead
    NOTHING = "nothing"  # it would change nothing
    UNKNOWN = "unknown"  # there is no such shipped day
    FIXED = "fixed"  # the day has the same date every year
    WITH_RAMADAN = "with_ramadan"  # Idulfitri moves with the end of Ramadan
    MOVED_FAR = "moved_far"  # further from the shipped date than that can be wrong
    LENGTH = "length"  # no Ramadan is that short or long
    QUIET_LONG = "quiet_long"  # too many days in a row without texts
    CLOSED_LONG = "closed_long"  # too many days in a row without staff


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One thing an institution says about a day.

    `added`: a day of its own on `date`. `corrected`: the shipped day that `about` names stands on `date`. `ramadan`:
    the Ramadan of the Islamic year in `about` runs from `date` to `until`, and Idulfitri follows. `closed` is whether
    staff are off, `source` where it is known from or why. `no_texts` and `province` (a code; None: everywhere) are
    asked only of an added day: a shipped one keeps its own.
    """

    kind: DayKind
    about: str
    date: date
    until: date | None = None
    name: str = ""
    no_texts: bool = False
    closed: bool = True
    province: str | None = None
    estimated: bool = False
    source: str = ""
    ref: str = ""


def apply(shipped: Calendar, statements: Iterable[Statement]) -> Calendar:
    """The shipped calendar with an institution's statements laid over it.

    A statement about a day that is not shipped any more, because a release corrected it, says nothing.
    """
    days = {special.about: special for special in shipped.days}
    ramadans = {str(month.hijri): month for month in shipped.ramadans}
    replaced = set()
    # First what moves Idulfitri as a whole, then what is said about one of its days.
    for said in sorted(statements, key=lambda said: said.kind is not DayKind.RAMADAN):
        if said.kind is DayKind.ADDED:
            days[f"own {said.about}"] = _added(said)
        elif said.kind is DayKind.RAMADAN:
            if said.about in ramadans:
                _move_ramadan(days, ramadans, said)
        elif special := days.get(said.about):
            days[said.about] = _corrected(special, said, special.date if special.hijri else said.date)
        elif special := _yearly(shipped, said.about):
            days[said.about] = _corrected(special, said, special.date)
            replaced.add(said.about)
    return replace(
        shipped, days=tuple(days.values()), ramadans=tuple(ramadans.values()), replaced=frozenset(replaced)
    )


def where(province: str | None) -> frozenset[str]:
    """One province as days name it, by code and by name; None is everywhere."""
    found = province and provinces.by_code(province)
    return frozenset({found.code.casefold(), found.name.casefold()} if found else {EVERYWHERE})


def _added(said: Statement) -> SpecialDay:
    place = where(said.province)
    return SpecialDay(
        date=said.date, name=said.name, kind="own", source=said.source, estimated=said.estimated, own=said.ref,
        no_text=place if said.no_texts else frozenset(), off_in=place if said.closed else frozenset(),
    )  # fmt: skip


def _corrected(special: SpecialDay, said: Statement, on: date) -> SpecialDay:
    """On its right date, with staff there or not; what it forbids stays."""
    return replace(
        special, date=on, off_in=special.off_in if said.closed else frozenset(), estimated=said.estimated,
        source=said.source, own=said.ref, was=special.was or special.date,
    )  # fmt: skip


def _yearly(shipped: Calendar, about: str) -> SpecialDay | None:
    """One occurrence of a day with a fixed date."""
    try:
        day = date.fromisoformat(about[:10])
    except ValueError:
        return None
    always = shipped.yearly.get((day.month, day.day))
    found = always and replace(always, date=day)
    return found if found and found.about == about else None


def _move_ramadan(days: dict[str, SpecialDay], ramadans: dict[str, Ramadan], said: Statement) -> None:
    """Set one month of fasting, and let the days of its Idulfitri follow."""
    month = ramadans[said.about]
    by = said.until - month.last
    for about, special in days.items():
        if str(special.hijri) == said.about:
            days[about] = replace(
                special, date=special.date + by, estimated=said.estimated, was=special.date,
                source=said.source, own=said.ref,
            )  # fmt: skip
    ramadans[said.about] = Ramadan(
        said.date, said.until, said.source, said.estimated, hijri=month.hijri, own=said.ref
    )


def fault(
    shipped: Calendar,
    standing: list[Statement],
    said: Statement,
    today: date,
    opens: Callable[[date], bool] = lambda day: True,
) -> Fault | None:
    """Why this statement cannot be made, None if it can. `standing` are the others, without what it replaces.

    `opens` says whether the institution works on a day of the week at all.
    """
    found = {
        DayKind.ADDED: _fault_of_added,
        DayKind.CORRECTED: _fault_of_corrected,
        DayKind.RAMADAN: _fault_of_ramadan,
    }
    return found[said.kind](shipped, standing, said, today) or _runs_long(
        apply(shipped, [*standing, said]), said, opens
    )


def _fault_of_added(_shipped, _standing, said, today) -> Fault | None:
    if not said.no_texts and not said.closed:
        return Fault.NOTHING
    return _out_of_reach(said.date, today)


def _fault_of_corrected(shipped, standing, said, today) -> Fault | None:
    # Ramadan may have moved it before.
    special = find(apply(shipped, [one for one in standing if one.kind is DayKind.RAMADAN]), said.about)
    if special is None:
        return Fault.UNKNOWN
    if said.date != special.date and is_fixed(shipped, special):
        return Fault.FIXED
    if said.date != special.date and special.hijri is not None:
        return Fault.WITH_RAMADAN
    if abs((said.date - special.date).days) > MOVED_AT_MOST:
        return Fault.MOVED_FAR
    same = (said.date, said.closed, said.estimated) == (special.date, bool(special.off_in), special.estimated)
    return Fault.NOTHING if same else _out_of_reach(said.date, today)


def _fault_of_ramadan(shipped, _standing, said, today) -> Fault | None:
    month = next((month for month in shipped.ramadans if str(month.hijri) == said.about), None)
    if month is None:
        return Fault.UNKNOWN
    if max(abs((said.date - month.first).days), abs((said.until - month.last).days)) > MOVED_AT_MOST:
        return Fault.MOVED_FAR
    if (said.until - said.date).days + 1 not in RAMADAN_LASTS:
        return Fault.LENGTH
    if (said.date, said.until, said.estimated) == (month.first, month.last, month.estimated):
        return Fault.NOTHING
    # Fasting may have begun already; what counts is the feast at its end.
    return _out_of_reach(said.until + timedelta(days=1), today)


def _out_of_reach(day: date, today: date) -> Fault | None:
    if day < today:
        return Fault.PAST
    return Fault.FAR if (day - today).days > AHEAD_AT_MOST else None


def find(calendar: Calendar, about: str) -> SpecialDay | None:
    """The shipped day of this name, wherever it stands now."""
    found = next((special for special in calendar.days if special.about == about), None)
    return found or _yearly(calendar, about)


def is_fixed(shipped: Calendar, special: SpecialDay) -> bool:
    """Whether it is a day with the same date every year."""
    always = shipped.yearly.get((special.date.month, special.date.day))
    return always is not None and always.name == special.name


def _runs_long(calendar: Calendar, said: Statement, opens) -> Fault | None:
    """No run of days may grow so long that nothing could be sent, or nobody be promised, any more."""
    day = said.until + timedelta(days=1) if said.until else said.date

    def run(is_so: Callable[[date], bool], limit: int) -> bool:
        back = ahead = 0
        while is_so(day + timedelta(days=ahead)) and ahead <= limit:
            ahead += 1
        while is_so(day - timedelta(days=back + 1)) and back <= limit:
            back += 1
        return ahead > 0 and back + ahead > limit

    if run(lambda day: calendar.no_text_on(day, said.province), QUIET_AT_MOST):
        return Fault.QUIET_LONG
    closed = run(lambda day: calendar.is_holiday(day, said.province) or not opens(day), CLOSED_AT_MOST)
    return Fault.CLOSED_LONG if closed else None
