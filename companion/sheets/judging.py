"""Row by row: who can be enrolled, who needs a look, and what to mend. The first fault of a row is told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from companion.rules import names, numbers, provinces
from companion.rules.names import name_key
from companion.rules.terms import PhoneKind
from companion.sheets.cells import (
    Cell,
    is_formula,
    reaches_out,
    read_hour,
    read_opioid,
    read_phone_kind,
    read_sex,
    says_yes,
)
from companion.sheets.dates import DayFault, read_day
from companion.sheets.meanings import Meaning
from companion.sheets.names import clean_name
from companion.sheets.reading import Sheet
from companion.sheets.verdicts import Code, Entry, RowVerdict, Verdict

DAYS_AHEAD = 14
"""A leaving date may lie this far ahead: people are enrolled shortly before they leave."""

ADULT = 18
_OLDEST = 100
_YOUNGEST = timedelta(days=3652)  # for two-digit years: nobody here was born in the last ten years
_QUOTED = 40  # signs of a cell that an explanation may quote

_PHONE_FAULTS = {
    numbers.Fault.MISSING: Code.NO_PHONE,
    numbers.Fault.DAMAGED: Code.PHONE_DAMAGED,
    numbers.Fault.TOO_SHORT: Code.PHONE_TOO_SHORT,
    numbers.Fault.TOO_LONG: Code.PHONE_TOO_LONG,
    numbers.Fault.NOT_MOBILE: Code.PHONE_NOT_MOBILE,
    numbers.Fault.UNREADABLE: Code.PHONE_UNREADABLE,
}
_LEFT_FAULTS = {
    DayFault.MISSING: Code.LEFT_MISSING,
    DayFault.NO_SUCH_DAY: Code.LEFT_NO_SUCH_DAY,
    DayFault.UNREADABLE: Code.LEFT_UNREADABLE,
}


_ORDER = list(Code)


class _Row(dict[Meaning, Cell]):
    """The tidied cells of one row by what they mean."""

    def text(self, meaning: Meaning) -> str:
        return str(self.get(meaning, ""))


class _Stop(Exception):
    """A row cannot be stored."""

    def __init__(self, code: Code, verdict: Verdict = Verdict.ERROR, **params):
        super().__init__(code.value)
        self.code, self.verdict, self.params = code, verdict, params


@dataclass
class _Seen:
    """Who and which numbers stood in earlier rows of this sheet."""

    people: dict[str, int] = field(default_factory=dict, repr=False)
    at_number: dict[tuple[str, str], tuple[int, date | None]] = field(default_factory=dict, repr=False)
    numbers: dict[str, int] = field(default_factory=dict, repr=False)

    def row_of(self, entry: Entry) -> int | None:
        """The earlier row of this person: same name and birth date, or same name and number if one lacks it."""
        if row := self.people.get(identity(entry)):
            return row
        row, born_on = self.at_number.get((name_key(entry.name), entry.e164), (None, None))
        return row if born_on is None or entry.born_on is None else None

    def note(self, entry: Entry, row: int) -> None:
        self.people.setdefault(identity(entry), row)
        self.at_number.setdefault((name_key(entry.name), entry.e164), (row, entry.born_on))
        self.numbers.setdefault(entry.e164, row)


def identity(entry: Entry) -> str:
    """The same idea of "the same person" as the database has. Personal data: to be hashed before it is stored."""
    return names.identity(entry.name, entry.born_on, entry.e164)


def judge(
    sheet: Sheet, today: date, window_days: int = 120, known: Callable[[Entry], bool] = lambda entry: False
) -> list[RowVerdict]:
    """One verdict per row below the header, in order.

    `today` is the day in the institution's zone; `window_days` as in design 1 (day 119 is the last of 120);
    `known` says whether a person is already stored.
    """
    seen, verdicts = _Seen(), {}
    for row, cells in sheet.rows:
        try:
            said = _usable(sheet, cells)
            entry, warnings = _required(said, today, window_days)
            entry, more = _detailed(entry, said)
            verdict = _placed(entry, sorted(warnings + more, key=_ORDER.index), row, seen, known)
        except _Stop as stop:
            verdict = RowVerdict(row, stop.verdict, stop.code, stop.params)
        verdicts[row] = verdict
        if verdict.code is Code.NUMBER_SHARED:
            _make_shared(verdicts, verdict.params["row"])
    return list(verdicts.values())


def _usable(sheet: Sheet, cells: tuple[Cell, ...]) -> _Row:
    """The cells by meaning. Stops at rows without content and at formulas."""
    used = _Row({meaning: cells[place] for meaning, place in sheet.columns.items() if place < len(cells)})
    if not any(used.values()):
        raise _Stop(Code.EMPTY_ROW, Verdict.SKIP)
    if _is_header_again(sheet, used, cells):
        raise _Stop(Code.HEADER_AGAIN, Verdict.SKIP)
    places = set(sheet.columns.values())
    for place, cell in enumerate(cells):
        if is_formula(cell) if place in places else reaches_out(cell):
            label = sheet.labels[place] if place < len(sheet.labels) else ""
            raise _Stop(Code.FORMULA, column=label or str(place + 1))
    return used


def _is_header_again(sheet: Sheet, used: _Row, cells: tuple[Cell, ...]) -> bool:
    """The labels once more (they are repeated on each page), or the row that numbers the columns: (1) (2) (3)."""
    said = {meaning: cell for meaning, cell in used.items() if cell}
    if len(said) > 1 and all(cell == sheet.labels[sheet.columns[meaning]] for meaning, cell in said.items()):
        return True
    counted = [str(cell).strip("() ") for cell in cells if cell]
    if len(counted) < 3 or not all(text.isdecimal() and len(text) < 3 for text in counted):
        return False
    return all(int(later) == int(earlier) + 1 for earlier, later in pairwise(counted))


def _required(row: _Row, today: date, window_days: int) -> tuple[Entry, list[Code]]:
    """What a person cannot be enrolled without, and what to warn of. Stops at the first fault."""
    name = clean_name(row.text(Meaning.NAME))
    if not name:
        raise _Stop(Code.NO_NAME)
    phone = _phone(row.text(Meaning.PHONE))
    left_on = _left_on(row.get(Meaning.LEFT_ON, ""), today, window_days)
    born_on, born_fault = _born(row.get(Meaning.BORN, ""), today)
    guardian = clean_name(row.text(Meaning.FAMILY_NAME)) or None
    if born_on and _age(born_on, today) < ADULT and not guardian:
        raise _Stop(Code.MINOR_ALONE)
    if not says_yes(row.text(Meaning.CONSENT)):
        raise _Stop(Code.NO_CONSENT)
    second = phone.others[0] if phone.others else None
    entry = Entry(name, phone.e164, left_on, born_on=born_on, guardian_name=guardian, second_e164=second)
    warnings = [Code.TWO_NUMBERS] if phone.several else []
    return entry, warnings + ([born_fault] if born_fault else [])


def _detailed(entry: Entry, row: _Row) -> tuple[Entry, list[Code]]:
    """The entry with everything else the row says; what cannot be read is left out, never guessed."""
    province = provinces.find(row.text(Meaning.PROVINCE))
    family = numbers.read(row.text(Meaning.FAMILY_PHONE))
    second = entry.second_e164 or numbers.read(row.text(Meaning.SECOND_PHONE)).e164
    kind = read_phone_kind(row.text(Meaning.PHONE_KIND))
    detailed = replace(
        entry,
        called=clean_name(row.text(Meaning.CALLED)) or None,
        sex=read_sex(row.text(Meaning.SEX)),
        second_e164=second if second != entry.e164 else None,
        zone=province.zone if province else None,
        province=province.code if province else None,
        relation=clean_name(row.text(Meaning.RELATION)) or None,
        family_e164=family.e164,
        family_consent=says_yes(row.text(Meaning.FAMILY_CONSENT)),
        preferred_hour=read_hour(row.text(Meaning.HOUR)),
        opioid=read_opioid(row.text(Meaning.OPIOID)),
        phone_kind=PhoneKind.SHARED if family.e164 == entry.e164 else kind,
    )
    warnings = [] if province else [Code.PROVINCE_UNKNOWN]
    if family.fault not in (None, numbers.Fault.MISSING):
        warnings.append(Code.FAMILY_PHONE_UNREADABLE)
    return detailed, warnings


def _placed(
    entry: Entry, warnings: list[Code], row: int, seen: _Seen, known: Callable[[Entry], bool]
) -> RowVerdict:
    """The verdict on a whole entry, once it is compared with the rows above and with what is stored."""
    if earlier := seen.row_of(entry):
        raise _Stop(Code.SAME_AS_ROW, Verdict.DUPLICATE, row=earlier)
    shared_with = seen.numbers.get(entry.e164)
    seen.note(entry, row)
    if known(entry):
        raise _Stop(Code.ALREADY_STORED, Verdict.DUPLICATE)
    if shared_with:
        entry = replace(entry, phone_kind=PhoneKind.SHARED)  # of two people is always shared (design 2.4)
        return RowVerdict(
            row, Verdict.WARNING, Code.NUMBER_SHARED, {"row": shared_with}, tuple(warnings), entry
        )
    if warnings:
        return RowVerdict(row, Verdict.WARNING, warnings[0], also=tuple(warnings[1:]), entry=entry)
    return RowVerdict(row, Verdict.OK, Code.OK, entry=entry)


def _make_shared(verdicts: dict[int, RowVerdict], row: int) -> None:
    """The first of two people at one number learns it too, though the row itself stays as it was."""
    first = verdicts[row]
    if first.entry:
        verdicts[row] = replace(first, entry=replace(first.entry, phone_kind=PhoneKind.SHARED))


def _phone(text: str) -> numbers.Reading:
    reading = numbers.read(text)
    if reading.fault:
        quoted = {"seen": text[:_QUOTED]} if reading.fault is numbers.Fault.DAMAGED else {}
        raise _Stop(_PHONE_FAULTS[reading.fault], **quoted)
    return reading


def _left_on(cell: Cell, today: date, window_days: int) -> date:
    found = cell if isinstance(cell, date) else read_day(cell, latest=date(today.year + 9, 12, 31))
    if isinstance(found, DayFault):
        raise _Stop(_LEFT_FAULTS[found], seen=str(cell)[:_QUOTED])
    if (found - today).days > DAYS_AHEAD:
        raise _Stop(Code.LEFT_AHEAD, days=DAYS_AHEAD)
    if (today - found).days >= window_days:
        raise _Stop(Code.WINDOW_OVER, days=window_days)
    return found


def _born(cell: Cell, today: date) -> tuple[date | None, Code | None]:
    """The birth date if it can be one, else what to warn of."""
    found = cell if isinstance(cell, date) else read_day(cell, latest=today - _YOUNGEST)
    if found is DayFault.MISSING:
        return None, Code.BORN_MISSING
    if isinstance(found, DayFault) or found > today or _age(found, today) > _OLDEST:
        return None, Code.BORN_UNREADABLE
    return found, None


def _age(born_on: date, today: date) -> int:
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
