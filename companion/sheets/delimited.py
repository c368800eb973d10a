"""CSV in its many dialects: what a spreadsheet program of any language writes when it says "CSV"."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from companion.sheets.header import LOOKED_AT, find_header
from companion.sheets.verdicts import Reason, Unreadable

_DELIMITERS = (";", ",", "\t", "|")
_SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n")
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_PICTURED = re.compile(r"\s*(?:<!doctype|<html|<\?xml|<table|\{\\rtf|%PDF)", re.IGNORECASE)


def read_delimited(data: bytes, filename: str) -> Iterator[list[str]]:
    """The rows of a CSV, counted as a spreadsheet program counts them. Raises Unreadable when it is none."""
    text = _decode(data)
    if _CONTROL.search(text) or _PICTURED.match(text):
        raise Unreadable(Reason.NOT_A_SHEET)
    named = _SEPARATOR_LINE.match(text)
    if named:
        return _checked(text[named.end() :], named[1])
    return _checked(text, _delimiter(text, filename))


def _decode(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    odd, even = data[1:2000:2].count(0), data[:2000:2].count(0)
    if odd + even > len(data[:2000]) // 4:
        return data.decode("utf-16-le" if odd > even else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str, filename: str) -> str:
    """The separator under which the header makes most sense; the ending of the name breaks a tie."""
    likely = ("\t", *_DELIMITERS) if filename.casefold().endswith((".tsv", ".tab")) else _DELIMITERS
    best, most = likely[0], -1
    for delimiter in likely:
        try:
            header = find_header(list(islice(_rows(text, delimiter), LOOKED_AT)))
        except csv.Error:
            continue
        weight = header.weight if header else 0
        if weight > most:
            best, most = delimiter, weight
    return best


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _checked(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows, watching for a quote that was opened and never closed: it would swallow people unseen."""
    width = number = 0
    try:
        for number, row in enumerate(_rows(text, delimiter), 1):
            width = max(width, len(row)) if number <= LOOKED_AT else width
            if any(_swallowed(cell, delimiter, width) for cell in row):
                raise Unreadable(Reason.OPEN_QUOTE, row=number)
            yield row
    except csv.Error:  # a field longer than any cell
        raise Unreadable(Reason.OPEN_QUOTE, row=number + 1) from None


def _swallowed(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell holds whole rows."""
    if "\n" not in cell or delimiter not in cell:
        return False
    return any(line.count(delimiter) >= max(width - 2, 2) for line in cell.splitlines()[1:])
