"""The forms of the calendar, read: what a supervisor says about days, or sentences that say how to mend it."""

from collections.abc import Mapping
from datetime import date, timedelta

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules import own_days, provinces
from companion.rules.days import Calendar, Ramadan
from companion.rules.own_days import Fault, Statement
from companion.rules.terms import DayKind
from companion.services import calendars
from companion.web.staff_desk import YEARS

LONGEST_NAME = 80
LONGEST_SOURCE = 200

SENTENCES = {
    Fault.PAST: _l("This day is over. Choose one that is still to come."),
    Fault.FAR: _l("This is more than two years ahead. Please check the year."),
    Fault.NOTHING: _l("This would change nothing. Choose what is different."),
    Fault.UNKNOWN: _l("This day is not in the calendar any more. Look at the list again."),
    Fault.FIXED: _l("This day has the same date every year."),
    Fault.WITH_RAMADAN: _l("Idulfitri moves with the end of Ramadan. Correct Ramadan instead."),
    Fault.MOVED_FAR: _l(
        "A date can be corrected by three days at most. For another day, add it as your own."
    ),
    Fault.LENGTH: _l("Ramadan lasts 29 or 30 days. Please check both dates."),
    Fault.QUIET_LONG: _l("That would be more than seven days in a row without texts."),
    Fault.CLOSED_LONG: _l("That would be more than three weeks in a row without anybody there to answer."),
}
"""What is wrong, in words; beside the date unless PLACES says otherwise."""
PLACES = {Fault.NOTHING: "apa", Fault.CLOSED_LONG: "apa"}


class Typed:
    """One submitted form: what it says as a statement, and the faults by field."""

    def __init__(self, form: Mapping[str, str]):
        self.form = form
        self.faults: dict[str, str] = {}

    def text(self, name: str, longest: int = LONGEST_SOURCE) -> str:
        return " ".join(self.form.get(name, "").split())[:longest]

    def day(self, name: str) -> date | None:
        """A date as typed; None with its fault written down."""
        try:
            found = date.fromisoformat(self.text(name))
        except ValueError:
            self.faults[name] = _("This is no date. Write it like 31/12/2026.")
            return None
        if found.year not in YEARS:
            self.faults[name] = _("This is no date. Write it like 31/12/2026.")
        return found

    def ticked(self, name: str) -> bool:
        return self.form.get(name) == "1"

    def source(self) -> str:
        found = self.text("sumber")
        if not found:
            self.faults["sumber"] = _("Write where this is known from, for example a letter with its number.")
        return found

    def refused(self, fault: Fault) -> None:
        """Write down why the rules do not take it."""
        self.faults[PLACES.get(fault, "tanggal")] = _(SENTENCES[fault])


def added(typed: Typed) -> Statement | None:
    """A day of the institution's own; None if something is wrong with the form."""
    on, name, source = typed.day("tanggal"), typed.text("nama", LONGEST_NAME), typed.source()
    province = provinces.by_code(typed.text("provinsi"))
    if not name:
        typed.faults["nama"] = _("Give the day a name.")
    if typed.faults:
        return None
    code = province.code if province else None
    return Statement(
        kind=DayKind.ADDED, about=calendars.about_own(on, name, code), date=on, name=name, province=code,
        no_texts=typed.ticked("sunyi"), closed=typed.ticked("tutup"), estimated=typed.ticked("perkiraan"),
        source=source,
    )  # fmt: skip


def corrected(typed: Typed, calendar: Calendar) -> Statement | None:
    """A shipped day put right. A day whose date is not asked for stays where it is."""
    about = typed.text("hari")
    special = own_days.find(calendar, about)
    source = typed.source()
    on = typed.day("tanggal") if "tanggal" in typed.form else special and special.date
    if special is None:
        typed.refused(Fault.UNKNOWN)
    if typed.faults:
        return None
    return Statement(
        kind=DayKind.CORRECTED, about=about, date=on, closed=not typed.ticked("buka"), source=source,
        estimated=special.estimated and on == special.date and not typed.ticked("pasti"),
    )  # fmt: skip


def ramadan(typed: Typed) -> Statement | None:
    """A month of fasting by its first day and the first day of Idulfitri, as people know it."""
    first, feast, source = typed.day("tanggal"), typed.day("lebaran"), typed.source()
    if typed.faults:
        return None
    return Statement(
        kind=DayKind.RAMADAN, about=typed.text("tahun"), date=first, until=feast - timedelta(days=1),
        estimated=not typed.ticked("pasti"), source=source,
    )  # fmt: skip


def next_ramadan(calendar: Calendar, today: date) -> Ramadan | None:
    """The Ramadan that a supervisor may want to correct: the one whose feast is next."""
    ahead = [month for month in calendar.ramadans if month.last + timedelta(days=1) >= today]
    return min(ahead, key=lambda month: month.first, default=None)
