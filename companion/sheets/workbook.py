"""XLSX through openpyxl, read-only, formulas seen as formulas, with a guard against files made to harm."""

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from xml.parsers import expat

from companion.sheets.cells import Cell
from companion.sheets.verdicts import Reason, Unreadable

_LARGEST_INSIDE = 80_000_000
"""Bytes when unpacked: 20,000 rows of 40 columns take about half."""

_MOST_PARTS = 2_000
_MOST_SHEETS = 20
_MOST_COLUMNS = 100
FURTHEST_ROW = 100_000
"""Nobody is looked for below; a part may claim any row number, and would be counted through."""


def read_workbook(data: bytes) -> Iterator[Iterator[list[Cell]]]:
    """The visible sheets, each as rows counted from the first. Raises Unreadable."""
    # A third of a second to import, and only who reads a workbook needs it.
    from openpyxl import load_workbook

    _guard(data)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken part makes it stumble over
        raise Unreadable(Reason.NOT_A_SHEET) from None
    try:
        for sheet in sheets[:_MOST_SHEETS]:
            yield _rows(sheet)
    finally:
        book.close()


def _rows(sheet) -> Iterator[list[Cell]]:
    try:
        for row in sheet.iter_rows(max_row=FURTHEST_ROW + 1, max_col=_MOST_COLUMNS, values_only=True):
            yield [_cell(value) for value in _trimmed(row)]
    except Exception:  # noqa: BLE001 - as above; the rows are parsed only now
        raise Unreadable(Reason.NOT_A_SHEET) from None


def _trimmed(row: tuple) -> tuple:
    """The row up to its last filled cell."""
    if row.count(None) == len(row):
        return ()
    return row[: next(place for place in range(len(row), 0, -1) if row[place - 1] is not None)]


def _cell(value: object) -> Cell:
    """A cell as the office worker sees it: numbers without a tail of zeros, days as days."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool() | int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case datetime():
            return value.date()
        case date():
            return value
        case time():
            return value.strftime("%H:%M")
        case timedelta():
            return str(value)
    return "=" + (getattr(value, "text", None) or "").removeprefix("=")  # array and table formulas


def _guard(data: bytes) -> None:
    """Refuses what is no workbook, what is locked, and what would unpack to more than any list of people."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            parts = packed.infolist()
            if any(part.flag_bits & 0x1 for part in parts):
                raise Unreadable(Reason.PASSWORD)
            if "[Content_Types].xml" not in packed.namelist() or len(parts) > _MOST_PARTS:
                raise Unreadable(Reason.NOT_A_SHEET)
            if sum(part.file_size for part in parts) > _LARGEST_INSIDE:
                raise Unreadable(Reason.TOO_BIG)
            for part in parts:
                with packed.open(part) as stream:
                    _refuse_document_type(stream)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Unreadable(Reason.NOT_A_SHEET) from None


class _RootReached(Exception):
    """The prolog is over; a document type can no longer come."""


def _refuse_document_type(stream) -> None:
    """No part of a workbook has a DOCTYPE; with one come entities that fetch files or grow without end.

    Only as far as the first element, and by the parser itself, so that no encoding hides it. Parts that are
    no XML (pictures) end at once.
    """

    def root(*_):
        raise _RootReached

    def document_type(*_):
        raise Unreadable(Reason.NOT_A_SHEET)

    parser = expat.ParserCreate()
    parser.StartElementHandler = root
    parser.StartDoctypeDeclHandler = document_type
    try:
        parser.ParseFile(stream)
    except (_RootReached, expat.ExpatError):
        return
