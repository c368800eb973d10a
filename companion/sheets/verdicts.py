"""The words the reading of a sheet is reported in: what became of each row, and what can be stored."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from companion.rules.terms import Opioid, PhoneKind


class Reason(StrEnum):
    """Why a file cannot be read at all."""

    EMPTY = "file_empty"
    TOO_BIG = "file_too_big"
    NOT_A_SHEET = "not_a_sheet"
    OLD_EXCEL = "old_excel"
    PASSWORD = "file_password"  # noqa: S105 - the name of a reason
    NO_HEADER = "no_header"
    NO_NAME_COLUMN = "no_name_column"
    NO_PHONE_COLUMN = "no_phone_column"
    TOO_MANY_ROWS = "too_many_rows"
    OPEN_QUOTE = "open_quote"


class Unreadable(Exception):
    """The file gives no rows. `reason` is stable; `params` belong to its explanation."""

    def __init__(self, reason: Reason, **params):
        super().__init__(reason.value)
        self.reason = reason
        self.params = params


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"  # stored, with something to look at
    DUPLICATE = "duplicate"
    ERROR = "error"
    SKIP = "skip"


class Code(StrEnum):
    """Why a row got its verdict. The order is the order of looking: the first that applies is told."""

    OK = "ok"
    EMPTY_ROW = "empty_row"
    HEADER_AGAIN = "header_again"
    FORMULA = "formula"
    NO_NAME = "no_name"
    NO_PHONE = "no_phone"
    PHONE_DAMAGED = "phone_damaged"
    PHONE_TOO_SHORT = "phone_too_short"
    PHONE_TOO_LONG = "phone_too_long"
    PHONE_NOT_MOBILE = "phone_not_mobile"
    PHONE_UNREADABLE = "phone_unreadable"
    LEFT_MISSING = "left_missing"
    LEFT_NO_SUCH_DAY = "left_no_such_day"
    LEFT_UNREADABLE = "left_unreadable"
    LEFT_AHEAD = "left_ahead"
    WINDOW_OVER = "window_over"
    MINOR_ALONE = "minor_alone"
    NO_CONSENT = "no_consent"
    SAME_AS_ROW = "same_as_row"
    ALREADY_STORED = "already_stored"
    NUMBER_SHARED = "number_shared"
    TWO_NUMBERS = "two_numbers"
    PROVINCE_UNKNOWN = "province_unknown"
    BORN_MISSING = "born_missing"
    BORN_UNREADABLE = "born_unreadable"
    FAMILY_PHONE_UNREADABLE = "family_phone_unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """One person as a row describes them, clean enough to store."""

    name: str = field(repr=False)
    e164: str = field(repr=False)
    left_on: date = field(repr=False)
    called: str | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    """female, male, or None when the cell does not say."""
    born_on: date | None = field(default=None, repr=False)
    second_e164: str | None = field(default=None, repr=False)
    zone: str | None = None
    """IANA zone of the province; None: the institution's."""
    province: str | None = None
    """Code as in `rules.provinces`."""
    guardian_name: str | None = field(default=None, repr=False)
    relation: str | None = field(default=None, repr=False)
    family_e164: str | None = field(default=None, repr=False)
    family_consent: bool = False
    preferred_hour: str | None = None
    """HH:MM in the person's zone."""
    opioid: Opioid = field(default=Opioid.UNKNOWN, repr=False)
    phone_kind: PhoneKind | None = None
    """None: the sheet does not say, the institution's default counts."""


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What became of one row, counted from 1 as the spreadsheet counts."""

    row: int
    verdict: Verdict
    code: Code
    params: dict = field(default_factory=dict, repr=False)
    """What the explanation needs, e.g. {"row": 7}; may quote a cell, so it stays out of logs."""
    also: tuple[Code, ...] = ()
    """Further warnings, in the same order; their explanations need no params."""
    entry: Entry | None = None
    """Only for ok and warning."""
