"""The words of one line of the work list, put together once per line: fifty lines have to be made in a few milliseconds.

Addresses are built from a pattern for the same reason.
"""

from dataclasses import dataclass, field
from datetime import datetime

from flask import url_for

from companion import i18n
from companion.i18n import gettext as _
from companion.i18n import ngettext
from companion.rules.states import AlertState, Family, Level
from companion.services.caseload import Line

PERSON, ALERT = "PERSONREF", "ALERTREF"
"""Stand in a pattern of an address where a reference belongs."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the list as sentences and addresses; a template has only to set them."""

    name: str = field(repr=False)
    level: str
    answered: bool
    day: str
    why: str = field(repr=False)
    more: str
    due: str
    due_class: str
    since: str
    holder: str = field(repr=False)
    ring: tuple[str, ...]
    there: str | None
    tried: str
    caseworker: str | None = field(repr=False)
    decide: tuple[tuple[str, str], ...]
    """For each text to decide about: its address and when it was tried, in words."""
    open_words: str
    href: str
    result_href: str
    claim_href: str | None


class Words:
    """What the lines of one page have in common: the reader, the clock on the wall, and the patterns of addresses."""

    def __init__(self, staff, now: datetime, *, whole_institution: bool):
        self.staff, self.now, self.zone = staff, now, staff.institution.zone
        self.whole_institution = whole_institution
        self.zone_name = i18n.zone_name(now, self.zone)
        self.person = url_for("person.card", ref=PERSON)
        self.result = url_for("contacts.tiles", ref=PERSON, peringatan=ALERT)
        self.any_result = url_for("contacts.tiles", ref=PERSON)
        self.claim = url_for("alerts.claim", ref=ALERT)
        self.decide = url_for("cases.decide", ref=ALERT)

    def line(self, line: Line) -> Shown:
        """One line in words."""
        top, ref = line.top, line.ref
        result = self.result.replace(ALERT, top.ref) if top else self.any_result
        due, due_class = self._due(line)
        return Shown(
            name=line.name, level=line.level, answered=line.answered, day=self._day(line),
            why=line.first.sentence if line.first else "", more=_more(line.more), due=due, due_class=due_class,
            since=self._since(line),
            holder=self._holder(top), ring=line.ring.words, there=line.clock_there, tried=self._tried(line),
            caseworker=_caseworker(line) if self.whole_institution else None,
            decide=tuple((self.decide.replace(ALERT, text), self._moment(at)) for text, at in line.decide),
            open_words=_open_words(line), href=self.person.replace(PERSON, ref),
            result_href=result.replace(PERSON, ref),
            claim_href=self.claim.replace(ALERT, top.ref) if top and top.state is not AlertState.CLAIMED else None,
        )  # fmt: skip

    def _since(self, line: Line) -> str:
        """A task of this afternoon has not been waiting since then; nor is what is late as young as what came after it."""
        waits = line.since is not None and line.since <= self.now
        if line.overdue and waits and line.since > line.deadline_at:
            return ""
        return _("since %(when)s", when=self._moment(line.since)) if waits else ""

    def _moment(self, at: datetime) -> str:
        return i18n.moment_words(at, self.zone, self.now)

    def _day(self, line: Line) -> str:
        if line.day is None:
            return _("follow-up closed")
        day = _("day %(day)s of %(days)s", day=line.day, days=line.days)
        paused = _("paused")
        return f"{paused} · {day}" if line.paused else day

    def _due(self, line: Line) -> tuple[str, str]:
        """By when somebody is to act, said in words; colour only repeats it."""
        if line.answered:
            return _("Answered meanwhile. Read it, then close it."), "soft"
        if line.deadline_at is None:
            return (_("No deadline yet") if line.top else ""), ""
        day = i18n.day_words(line.deadline_at, self.zone, self.now)
        time = f"{i18n.bare_time(line.deadline_at, self.zone)} {self.zone_name}"
        if line.overdue:
            ago = i18n.ago_words(line.deadline_at, self.now)
            return _("Late by %(ago)s: promised for %(day)s %(time)s", ago=ago, day=day, time=time), "strong"
        by = _("%(day)s before %(time)s", day=day, time=time)
        return _act(line) % {"by": by}, "strong" if line.level is Level.RED else "due"

    def _holder(self, top) -> str:
        if top is None or top.claimed_by is None:
            return ""
        waits = top.state is AlertState.OPEN
        if top.claimed_by != self.staff.id:
            return (
                _("Waits for %(name)s", name=top.holder) if waits else _("%(name)s has it", name=top.holder)
            )
        return _("Waits for you to take it") if waits else _("You have it")

    def _tried(self, line: Line) -> str:
        if line.tried is None:
            return _("Nobody has tried yet")
        result, when = line.tried.label, self._moment(line.tried.at)
        if not line.tried.times:
            return _("Last contact: %(result)s, %(when)s", result=result, when=when)
        return ngettext(
            "Tried %(n)s time: %(result)s, %(when)s", "Tried %(n)s times, last: %(result)s, %(when)s",
            line.tried.times, result=result, when=when,
        )  # fmt: skip


def _act(line: Line) -> str:
    """What is to be done by then, with `by` still to be filled in."""
    family = line.top.family if line.top else None
    if family is Family.UNDELIVERED:
        return _("Find another way %(by)s")
    if family is Family.DATA:
        return _("Decide %(by)s")
    if family is Family.SILENCE and line.level is not Level.RED:
        return _("Say hello %(by)s")
    return _("Be in touch %(by)s")


def _caseworker(line: Line) -> str:
    if line.caseworker is None:
        return _("no caseworker yet")
    return _("Caseworker: %(name)s", name=line.caseworker)


def _more(n: int) -> str:
    return ngettext("+1 more thing", "+%(n)s more things", n) if n else ""


def _open_words(line: Line) -> str:
    if line.answered:
        return _("Open and read")
    if not line.ring.usable:
        return _("Other ways to reach")
    return _("Open & call") if line.ring.now else _("Open")
