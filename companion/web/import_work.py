"""What the import does besides answering requests: judging a draft's rows, and storing them in the background."""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from companion import sheets
from companion.clock import Clock
from companion.db import Database
from companion.models import ImportDraft, Institution
from companion.services import importing
from companion.sheets.meanings import Meaning

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 25
"""To one transaction: about half a second, which is the longest a check-in should wait for the one writer."""
KEPT = 2
"""Judged sheets kept in this process, so that turning a page of 20,000 rows does not judge them again."""


@dataclass(frozen=True)
class Judged:
    """A sheet's rows with their verdicts, as if nobody were stored yet."""

    verdicts: tuple[sheets.RowVerdict, ...] = field(repr=False)
    names: dict[int, str] = field(repr=False)
    """What stands in the name cell, by row: to find the row again in the sheet."""
    unused: tuple[str, ...]


_judged: OrderedDict[str, Judged] = OrderedDict()
_lock = threading.Lock()


def judge(session, draft: ImportDraft, institution: Institution) -> Judged:
    """The verdicts on a draft's rows, by the day of its upload, so that they stay what was said yes to.

    Raises sheets.Unreadable.
    """
    with _lock:
        if draft.ref in _judged:
            _judged.move_to_end(draft.ref)
            return _judged[draft.ref]
    judged = judge_file(session, institution, draft.content, draft.filename, draft.created_at)
    with _lock:
        _judged[draft.ref] = judged
        while len(_judged) > KEPT:
            _judged.popitem(last=False)
    return judged


def judge_file(session, institution: Institution, content: bytes, filename: str, now: datetime) -> Judged:
    """Read and judge one file. Raises sheets.Unreadable."""
    sheet = sheets.read(content, filename)
    place = sheet.columns[Meaning.NAME]
    names = {row: str(cells[place])[:60] for row, cells in sheet.rows if len(cells) > place}
    days = importing.window_days(session, institution.id)
    today = now.astimezone(ZoneInfo(institution.zone)).date()
    return Judged(tuple(sheets.judge(sheet, today, days)), names, sheet.unused)


def forget(ref: str) -> None:
    """Let go of a draft's rows."""
    with _lock:
        _judged.pop(ref, None)


def against(verdicts, is_known) -> list[sheets.RowVerdict]:
    """The verdicts, with those who are here already told apart."""
    return [
        sheets.RowVerdict(verdict.row, sheets.Verdict.DUPLICATE, sheets.Code.ALREADY_STORED)
        if verdict.entry and is_known(verdict.entry)
        else verdict
        for verdict in verdicts
    ]


def as_uploaded(session, draft: ImportDraft, institution: Institution) -> list[sheets.RowVerdict]:
    """The verdicts as they were when the sheet came in: what this import stores does not count as known."""
    judged = judge(session, draft, institution)
    return against(judged.verdicts, importing.known(session, institution, before=draft.created_at))


def start(database: Database, clock: Clock, draft_id: int) -> threading.Thread:
    """Store a confirmed draft in the background. If this process dies, the page offers to go on."""
    thread = threading.Thread(
        target=store_all, args=(database, clock, draft_id), name=f"import-{draft_id}", daemon=True
    )
    thread.start()
    return thread


def store_all(database: Database, clock: Clock, draft_id: int) -> None:
    """Store what is left of a draft, some rows to a transaction."""
    try:
        with database.read() as session:
            draft = session.get_one(ImportDraft, draft_id)
            institution = session.get_one(Institution, draft.institution_id)
            rows = [verdict for verdict in as_uploaded(session, draft, institution) if verdict.entry]
        while draft.done < len(rows):
            part = rows[draft.done : draft.done + ROWS_AT_ONCE]
            if not _store(database, clock, draft, part):
                return
            draft.done += len(part)
        with database.write() as session:
            importing.finish(session, draft_id)
    except Exception as error:  # noqa: BLE001 - the page must hear of it, whatever it was
        log.error("import %s broke off: %s", draft_id, type(error).__name__)
        with database.write() as session:
            importing.falter(session, draft_id)


def _store(database, clock, draft, part) -> bool:
    """One part in one transaction; if a row breaks it, one by one, so that it takes nobody down with it."""
    try:
        return _store_together(database, clock, draft, draft.done, part)
    except Exception as error:  # noqa: BLE001 - one row must not take others with it
        log.warning("import %s goes on row by row: %s", draft.id, type(error).__name__)
    for place, verdict in enumerate(part):
        try:
            kept = _store_together(database, clock, draft, draft.done + place, [verdict])
        except Exception as error:  # noqa: BLE001 - counted, and told in the report
            log.error("import %s cannot store row %s: %s", draft.id, verdict.row, type(error).__name__)
            kept = _store_together(database, clock, draft, draft.done + place, [], counted=1)
        if not kept:
            return False
    return True


def _store_together(database, clock, draft, start, part, counted=None) -> bool:
    chunk = importing.Chunk(draft.id, start)
    with database.sessions() as session:
        institution = session.get_one(Institution, draft.institution_id)
        refs = importing.store(
            session, clock.now(), institution, part, caseworker_id=draft.caseworker_id,
            consent_ref=draft.consent_ref.decode() if draft.consent_ref else None, staff_id=draft.staff_id,
        )  # fmt: skip
        mine = importing.count(session, clock.machine(), chunk, counted or len(part), len(refs))
        if mine:
            session.commit()
        return mine
