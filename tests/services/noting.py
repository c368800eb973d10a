"""Noting the result of a call as the page does."""

from zoneinfo import ZoneInfo

from companion import crypto
from companion.rules.results import Code
from companion.rules.terms import TaskKind, TaskState
from companion.services import contact_check, contacts
from companion.services.contacts import Entry
from tests.services.desk import DAY, NOW

WIB = ZoneInfo("Asia/Jakarta")
NEEDED = {
    Code.AGREED: {"at": NOW + 2 * DAY},
    Code.PAUSE: {"until": NOW + 7 * DAY},
    Code.CRISIS_HANDED: {"handler": "IGD"},
}


def note(desk, code, *, by=None, who=None, now=NOW, once=None, **fields):
    """Note a result as the page does: from the database as it stands, checked, then stored."""
    desk.session.flush()
    desk.session.expire_all()
    who, by = who or desk.budi, by or desk.sari
    entry = Entry(
        code=code, once=once or crypto.token(), **({} if "at" in fields else NEEDED.get(code, {})) | fields
    )
    here = contacts.setting(desk.session, now, by, who, desk.window(who), entry)
    assert contact_check.faults(here, entry) == {}
    noted = contacts.note(desk.session, here, entry)
    desk.session.flush()
    desk.session.expire_all()
    return noted


def local(at):
    return f"{at.astimezone(WIB):%a %d %H:%M}"


def follow_up(desk, who=None):
    return [one for one in desk.tasks(who or desk.budi, kind=TaskKind.FOLLOW_UP, state=TaskState.PLANNED)]


def fresh(desk, row):
    return desk.session.get_one(type(row), row.id, populate_existing=True)
