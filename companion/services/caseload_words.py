"""Why somebody stands on the work list, in words: signals, tasks of the day, calls after a gap."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from companion import i18n
from companion.content import reasons, results
from companion.i18n import gettext as _
from companion.rules.results import RESULTS, Code
from companion.rules.states import Level
from companion.rules.terms import TaskKind
from companion.services import why
from companion.services.caseload_lists import Listing

FIRST, SECOND, THEN, LAST, SETTLED = range(5)
"""The order of several reasons for one person."""
OF_LEVEL = {Level.RED: FIRST, Level.AMBER: SECOND, Level.NONE: LAST}


@dataclass(frozen=True)
class Reason:
    """One reason to act: on which list it stands, what it says, since when.

    Put into words only when it is shown: a person may have ten reasons, and the list shows the first.
    """

    listing: Listing
    say: Callable[[], str] = field(repr=False)
    at: datetime
    place: int
    alert: str | None = None
    """The reference of the alert it belongs to."""

    @property
    def order(self) -> tuple:
        """The most urgent first, and among equals the newest."""
        return self.place, -self.at.timestamp()

    @cached_property
    def sentence(self) -> str:
        """The reason in the language of the moment."""
        return self.say()


def in_sentence(words: str) -> str:
    """The words of a tile for the middle of a sentence: a small first letter, but for an abbreviation."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def signal_reason(
    fact: why.Fact, reader: why.Reader, alert_ref: str, listing: Listing, settled: bool
) -> Reason:
    """One signal behind an alert; `settled`: the person was heard since."""
    place = SETTLED if settled or listing is Listing.ANSWERED else OF_LEVEL[fact.level]
    return Reason(listing, lambda: why.reason(fact, reader).sentence, fact.at, place, alert_ref)


@dataclass(frozen=True)
class Tried:
    """The last contact, and how many there were since there is something to act on (0: before that)."""

    code: str
    at: datetime
    times: int

    def once_more(self) -> "Tried":
        """The same, with one earlier contact counted in."""
        return replace(self, times=self.times + 1)

    @property
    def label(self) -> str:
        return in_sentence(label(self.code))


def label(code: str) -> str:
    """The words of a result code, in the language of the moment."""
    return results.result(code).label[i18n.language()]


def task_reason(task, now: datetime, today: datetime, zone: str) -> Reason:
    """A task of today or one left over: a contact of the plan, the closing one, or the next date of a call."""
    late = task.at < today
    return Reason(
        Listing.TODAY, lambda: _task_words(task, now, zone, late), task.at, SECOND if late else THEN
    )


def _task_words(task, now: datetime, zone: str, late: bool) -> str:
    if task.what == TaskKind.CLOSING:
        words = _("The follow-up has run its course: this contact closes it.")
    elif task.what == TaskKind.PLAN:
        words = _("Contact of the plan, day %(day)s.", day=task.day)
    else:
        words = _follow_up(task, now, zone, late)
    if late:
        words += " " + _("It was due %(day)s.", day=i18n.day_words(task.at, zone, now))
    return words


def _follow_up(task, now: datetime, zone: str, late: bool) -> str:
    at = i18n.moment_words(task.at, zone, now)
    match task.code:
        case Code.AGREED:
            return (
                _("There was an appointment. Did it take place?") if late else _("Appointment %(at)s.", at=at)
            )
        case Code.CALL_LATER:
            return _("Asked to be called %(at)s.", at=at)
        case Code.CRISIS_HANDED:
            return _("Call again after the emergency.")
        case Code.SLIP_TOLD:
            return _("Be in touch again after what was told.")
        case Code.MEDICAL:
            return _("Make sure: did the care take place?")
        case Code.PAUSE:
            return _("The pause is nearly over. Ask whether they are ready to start again.")
        case None:
            return _("A next step falls due.")
    if RESULTS[Code(task.code)].tried:
        return _("Try again. Last time: %(result)s.", result=in_sentence(label(task.code)))
    return _("Next step after: %(result)s.", result=in_sentence(label(task.code)))


def gap_reason(call, now: datetime, zone: str) -> Reason:
    """Somebody for whom a text is not enough after we stood still (design 4.5)."""

    def say() -> str:
        return reasons.reason(
            "X_our_gap", i18n.language(), start=i18n.moment_words(call.at, zone, now),
            end=end_words(call.at, call.until, zone, now), phase=call.code,
        )  # fmt: skip

    return Reason(Listing.SYSTEM, say, call.until, SECOND)


def end_words(start: datetime, end: datetime, zone: str, now: datetime) -> str:
    """The end of a span whose beginning has just been said: the day only where it is another one."""
    days = {at.astimezone(ZoneInfo(zone)).date() for at in (start, end)}
    return i18n.bare_time(end, zone) if len(days) == 1 else i18n.moment_words(end, zone, now)
