"""The enrolment form, read: what was typed becomes an entry like a sheet's, or sentences that say how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from companion import i18n, sheets
from companion.i18n import gettext as _
from companion.rules import numbers, provinces
from companion.rules.numbers import Fault
from companion.rules.plan import PlanSettings
from companion.rules.terms import ConsentPurpose, Opioid, PhoneKind
from companion.services.consents import ADULT_AT
from companion.sheets import Code, Entry
from companion.sheets.dates import read_day
from companion.sheets.judging import DAYS_AHEAD
from companion.sheets.names import clean_name

OLDEST = 100
HOURS = tuple(f"{hour:02}:00" for hour in range(8, 21))
"""Texts leave from 08.00 and before 20.00 (design 3); 20:00 can only be an end."""
PHONE_CODES = {
    Fault.MISSING: Code.NO_PHONE,
    Fault.DAMAGED: Code.PHONE_DAMAGED,
    Fault.TOO_SHORT: Code.PHONE_TOO_SHORT,
    Fault.TOO_LONG: Code.PHONE_TOO_LONG,
    Fault.NOT_MOBILE: Code.PHONE_NOT_MOBILE,
    Fault.UNREADABLE: Code.PHONE_UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form without faults."""

    entry: Entry = field(repr=False)
    proofs: dict[ConsentPurpose, str] = field(repr=False)
    language: str
    safe: tuple[str | None, str | None]
    tried: bool
    """The number was tried together, so nobody has to be asked about it."""


class Form:
    """One submitted form. `faults` maps a field to the sentence beside it; ask `filled` when there are none."""

    def __init__(self, typed: Mapping[str, str], today: date, window_days: int):
        self.typed = typed
        self.today = today
        self.window_days = window_days
        self.faults: dict[str, str] = {}
        self.filled = self._read()

    def _read(self) -> Filled | None:
        born_on = self._born()
        safe = self._safe()
        family_e164 = self._number("family_e164", needed=False)
        named = {
            "name": self._name(), "left_on": self._left(), "e164": self._number("e164", needed=True),
            "second_e164": self._number("second_e164", needed=False), "called": self._called(),
            "guardian_name": self._guardian(born_on, family_e164),
        }  # fmt: skip
        province = provinces.by_code(self._text("province"))
        kind = self._choice("phone_kind", PhoneKind)
        opioid = self._choice("opioid", Opioid)
        hour = self._hour(safe)
        proofs = self._proofs(born_on)
        if self.faults:
            return None
        entry = Entry(
            **named, born_on=born_on, family_e164=family_e164, phone_kind=kind, opioid=opioid,
            zone=province.zone if province else None, province=province.code if province else None,
            relation=clean_name(self._text("relation")) or None, preferred_hour=hour,
            family_consent=ConsentPurpose.FAMILY in proofs,
        )  # fmt: skip
        language = "en" if self._text("language") == "en" else "id"
        return Filled(entry, proofs, language, safe, self._text("tried") == "yes")

    def _text(self, name: str) -> str:
        return self.typed.get(name, "").strip()[:200]

    def _explain(self, field_name: str, code: Code, **params) -> None:
        self.faults[field_name] = sheets.explain(code, params, i18n.language())

    def _name(self) -> str:
        name = clean_name(self._text("name"))
        if not name:
            self._explain("name", Code.NO_NAME)
        return name

    def _called(self) -> str | None:
        return clean_name(self._text("called"))[:20] or None

    def _number(self, name: str, *, needed: bool) -> str | None:
        text = self._text(name)
        if not text and not needed:
            return None
        found = numbers.read_typed(text)
        if found.fault is Fault.SEVERAL:
            self.faults[name] = _("Please write one number here, and a second one in its own field.")
        elif found.fault:
            self._explain(name, PHONE_CODES[found.fault], seen=text[:40])
        return found.e164

    def _left(self) -> date | None:
        left_on = self._day("left_on", Code.LEFT_MISSING, Code.LEFT_UNREADABLE)
        if left_on and (left_on - self.today).days > DAYS_AHEAD:
            self._explain("left_on", Code.LEFT_AHEAD, days=DAYS_AHEAD)
        elif left_on and (self.today - left_on).days >= self.window_days:
            self._explain("left_on", Code.WINDOW_OVER, days=self.window_days)
        return left_on

    def _born(self) -> date | None:
        if not self._text("born_on"):
            return None
        born_on = self._day("born_on", Code.BORN_MISSING, Code.BORN_UNREADABLE)
        if born_on and (born_on > self.today or age(born_on, self.today) > OLDEST):
            self.faults["born_on"] = _("This birth date cannot be right. Please check the year.")
        return born_on

    def _day(self, name: str, missing: Code, unreadable: Code) -> date | None:
        """A date field gives YYYY-MM-DD; browsers without one give what people write."""
        text = self._text(name)
        found = read_day(text, latest=date(self.today.year + 1, 12, 31))
        if isinstance(found, date):
            return found
        self._explain(name, unreadable if text else missing, seen=text[:40])
        return None

    def _guardian(self, born_on: date | None, family_e164: str | None) -> str | None:
        name = clean_name(self._text("guardian_name")) or None
        if name is None and born_on and is_minor(born_on, self.today):
            self.faults["guardian_name"] = _("Under 18 we need the name of the guardian.")
        elif name is None and family_e164:
            self.faults["guardian_name"] = _("Whose number is this? Please write the name.")
        return name

    def _choice(self, name: str, kind):
        try:
            return kind(self._text(name))
        except ValueError:
            self.faults[name] = _("Please choose one.")
            return None

    def _safe(self) -> tuple[str | None, str | None]:
        begin, end = (self._hour_of(name) for name in ("safe_from", "safe_to"))
        if begin and end and begin >= end:
            self.faults["safe_to"] = _("The end must be later than the beginning.")
        return begin, end

    def _hour(self, safe: tuple[str | None, str | None]) -> str | None:
        """The wished hour; without a wish the plan's, or the first safe one if the plan's is not safe."""
        begin, end = safe[0] or HOURS[0], safe[1] or HOURS[-1]
        hour = self._hour_of("preferred_hour")
        if hour and not begin <= hour < end:
            self.faults["preferred_hour"] = _("This hour lies outside the safe hours.")
        return hour or (None if begin <= PlanSettings().hour < end else begin)

    def _hour_of(self, name: str) -> str | None:
        text = self._text(name)
        if text and text not in HOURS:
            self.faults[name] = _("Please choose one of the hours.")
            return None
        return text or None

    def _proofs(self, born_on: date | None) -> dict[ConsentPurpose, str]:
        minor = bool(born_on and is_minor(born_on, self.today))
        wanted = [ConsentPurpose.FOLLOW_UP, ConsentPurpose.FAMILY]
        wanted += [ConsentPurpose.GUARDIAN, ConsentPurpose.ASSENT] if minor else []
        given = [purpose for purpose in wanted if self._text(f"consent_{purpose}") == "yes"]
        return {purpose: proof_of(self.typed, purpose, self.today, self.faults) for purpose in given}


def proof_of(typed: Mapping[str, str], purpose: ConsentPurpose, today: date, faults: dict[str, str]) -> str:
    """Where a signed form lies, who received it and when, in one line; what is missing goes into `faults`."""
    paper, by = (typed.get(f"{name}_{purpose}", "").strip()[:200] for name in ("paper", "by"))
    if not paper:
        faults[f"paper_{purpose}"] = _("Where does the signed form lie? For example: green folder, no. 12.")
    if not by:
        faults[f"by_{purpose}"] = _("Who received it? Please write the name.")
    found = read_day(typed.get(f"on_{purpose}", "").strip()[:40], latest=today)
    if not isinstance(found, date) or found > today:
        faults[f"on_{purpose}"] = _("On which day was it signed? Not later than today.")
        return ""
    return f"{paper} | {by} | {found.isoformat()}"


def age(born_on: date, today: date) -> int:
    """Full years on this day."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def is_minor(born_on: date, today: date) -> bool:
    """Under 18: a guardian's consent and the young person's own are needed (design 2.14)."""
    return age(born_on, today) < ADULT_AT


def spoken_hour(hour: str) -> str:
    """`08.00`, as hours are written here."""
    return f"{time.fromisoformat(hour):%H.%M}"
