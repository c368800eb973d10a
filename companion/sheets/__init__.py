"""An institution's spreadsheet: bytes -> rows -> verdicts. Knows no database and no clock."""

from companion.sheets.explaining import explain
from companion.sheets.judging import identity, judge
from companion.sheets.reading import Sheet, read
from companion.sheets.reporting import write_report
from companion.sheets.verdicts import Code, Entry, Reason, RowVerdict, Unreadable, Verdict

__all__ = [
    "Code", "Entry", "Reason", "RowVerdict", "Sheet", "Unreadable", "Verdict", "explain", "identity", "judge",
    "read", "write_report",
]  # fmt: skip
