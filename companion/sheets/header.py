"""Finds the row that names the columns, below whatever titles and letterheads stand above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from companion.sheets.cells import Cell
from companion.sheets.meanings import Meaning, meaning_of
from companion.sheets.verdicts import Reason, Unreadable

LOOKED_AT = 60
"""Rows from the top among which the header is looked for."""

_FEWEST = 2  # known columns that make a row a header
_NEEDED = (Meaning.NAME, Meaning.PHONE)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands (counted from 0) and what its columns mean."""

    index: int
    columns: dict[Meaning, int]
    labels: tuple[str, ...]
    weight: int
    """How much was understood; the row with the most is the header."""

    def check(self) -> None:
        """Raises Unreadable unless there is a name and a number to enrol somebody by."""
        if Meaning.NAME not in self.columns:
            raise Unreadable(Reason.NO_NAME_COLUMN)
        if Meaning.PHONE not in self.columns:
            raise Unreadable(Reason.NO_PHONE_COLUMN)


def find_header(rows: Sequence[Sequence[Cell]]) -> Header | None:
    """The best header among the first rows; the topmost of equals. None when no row names two known columns."""
    best = None
    above: Sequence[Cell] = ()
    for index, row in enumerate(rows[:LOOKED_AT]):
        for labels in _readings_of(row, above):
            header = _understand(index, labels)
            if len(header.columns) >= _FEWEST and (best is None or header.weight > best.weight):
                best = header
        above = row
    return best


def _readings_of(row: Sequence[Cell], above: Sequence[Cell]) -> list[list[str]]:
    """The labels of a row: its own and, if it looks like a header's second line, those with the line above.

    Merged cells give their text to the first column only: "Keluarga" above "Nama | Hubungan | HP".
    """
    own, upper = [_label(cell) for cell in row], [_label(cell) for cell in above]
    is_title = sum(map(bool, upper)) < 2
    if is_title or len(_understand(0, own).columns) < _FEWEST:
        return [own]
    joined, group = [], ""
    for over, under in zip_longest(upper, own, fillvalue=""):
        group = over or group
        joined.append(f"{group} {under}" if under else over)
    return [own, joined]


def _understand(index: int, labels: Sequence[str]) -> Header:
    surest: dict[Meaning, tuple[int, int]] = {}
    for place, label in enumerate(labels):
        found = meaning_of(label) if label else None
        if found and found[1] > surest.get(found[0], (0, 0))[0]:
            surest[found[0]] = (found[1], place)
    columns = {meaning: place for meaning, (_, place) in surest.items()}
    weight = sum(weight for weight, _ in surest.values()) + 3 * sum(need in columns for need in _NEEDED)
    return Header(index, columns, tuple(labels), weight)


def _label(cell: Cell) -> str:
    """The cell as a label; dates, numbers and long prose are none."""
    return cell.strip() if isinstance(cell, str) and len(cell) <= 150 else ""
