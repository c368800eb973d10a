"""From the bytes of an uploaded file to the rows below its header."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, islice

from companion.sheets.cells import Cell, tidy
from companion.sheets.delimited import read_delimited
from companion.sheets.header import LOOKED_AT, Header, find_header
from companion.sheets.meanings import Meaning
from companion.sheets.verdicts import Reason, Unreadable
from companion.sheets.workbook import FURTHEST_ROW, read_workbook

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 20_000
_EMPTY_AT_THE_END = 25  # more empty rows after the last person are formatting, not rows

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_PART = "EncryptedPackage".encode("utf-16-le")
_ZIP = b"PK"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet and what its columns mean. Rows are counted from 1, as on the screen."""

    header_row: int
    columns: dict[Meaning, int]
    labels: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...] = field(repr=False)
    """(row, tidied cells), empty rows included, except a long formatted tail."""

    @property
    def unused(self) -> tuple[str, ...]:
        """Labels of columns that nothing is taken from, to be shown before somebody says yes."""
        used = set(self.columns.values())
        return tuple(label for place, label in enumerate(self.labels) if label and place not in used)


def read(data: bytes, filename: str) -> Sheet:
    """Reads a CSV or XLSX; the content decides which, the name only helps with the separator.

    Raises Unreadable: empty, over 10 MB, no sheet, old or locked Excel, no header, no column for names or
    numbers, more than 20,000 rows, a quote that never closes.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(Reason.TOO_BIG)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\0\r\n\t ;,"):
        raise Unreadable(Reason.EMPTY)
    if data.startswith(_OLD_OFFICE):
        raise Unreadable(Reason.PASSWORD if _LOCKED_PART in data else Reason.OLD_EXCEL)
    if data.startswith(_ZIP):
        return _first_readable(read_workbook(data))
    return _sheet(read_delimited(data, filename))


def _first_readable(sheets: Iterable[Iterable[list[Cell]]]) -> Sheet:
    """The first sheet with a usable header; if there is none, what the best of them lacks."""
    nearest = Unreadable(Reason.NO_HEADER)
    for rows in sheets:
        try:
            return _sheet(rows)
        except Unreadable as fault:
            if fault.reason not in (Reason.NO_HEADER, Reason.NO_NAME_COLUMN, Reason.NO_PHONE_COLUMN):
                raise
            if nearest.reason is Reason.NO_HEADER:
                nearest = fault
    raise nearest


def _sheet(rows: Iterable[list[Cell]]) -> Sheet:
    below = iter(rows)
    top = list(islice(below, LOOKED_AT))
    header = find_header(top)
    if header is None:
        raise Unreadable(Reason.NO_HEADER)
    header.check()
    kept = _below(header, top, below)
    return Sheet(header.index + 1, header.columns, header.labels, tuple(kept))


def _below(header: Header, top: list[list[Cell]], rest: Iterable[list[Cell]]) -> list[tuple[int, tuple]]:
    """The rows after the header. Raises Unreadable when somebody stands further down than 20,000 rows."""
    kept: list[tuple[int, tuple]] = []
    filled = 0
    for number, row in enumerate(chain(top, rest), 1):
        place = number - header.index - 1
        if place < 1:
            continue
        cells = tuple(tidy(cell) for cell in row)
        if number > FURTHEST_ROW or (place > MOST_ROWS and any(cells)):
            raise Unreadable(Reason.TOO_MANY_ROWS)
        if any(cells):
            filled = place
        if place <= MOST_ROWS:
            kept.append((number, cells))
    return kept[:filled] if len(kept) - filled > _EMPTY_AT_THE_END else kept
