"""What became of a sheet, as a sheet: one line per row, for the office or for a script."""

import csv
import io
from collections.abc import Iterable, Mapping

from companion.rules.numbers import is_mobile
from companion.sheets.explaining import explain, why
from companion.sheets.verdicts import RowVerdict

COLUMNS = ("row", "verdict", "why", "e164", "zone", "left_on", "ref")

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def write_report(
    verdicts: Iterable[RowVerdict], refs: Mapping[int, str] | None = None, language: str | None = None
) -> str:
    """The verdicts as CSV. `refs` are the stored people's, by row.

    `why` is in short stable English; with a language it is the sentence that says how to mend the row.
    Number, zone and day are given only for what can be stored; an empty zone is the institution's.
    """
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    for verdict in verdicts:
        said = (
            explain(verdict.code, verdict.params, language) if language else why(verdict.code, verdict.params)
        )
        entry = verdict.entry
        stored = (entry.e164, entry.zone or "", entry.left_on.isoformat()) if entry else ("", "", "")
        ref = (refs or {}).get(verdict.row, "")
        lines.writerow(guard(str(cell)) for cell in (verdict.row, verdict.verdict, said, *stored, ref))
    return out.getvalue()


def guard(text: str) -> str:
    """The text so that no spreadsheet runs it. A number in E.164 is safe as it is."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) and not is_mobile(text) else text
