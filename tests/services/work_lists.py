"""A caseworker's lists as they see them."""

from datetime import timedelta

from companion.rules.terms import TaskState
from companion.services import caseload
from companion.services.caseload_lists import Listing, scope
from tests.services.desk import DAY, NOW

SECOND = timedelta(seconds=1)


def view(desk, staff=None, *, whole=False, now=NOW):
    desk.session.flush()
    desk.session.expire_all()
    return scope(staff or desk.sari, now, whole_institution=whole)


def work(desk, listing=Listing.ALL, staff=None, number=1, **how):
    return caseload.work_list(desk.session, view(desk, staff, **how), listing, number)


def names(desk, listing=Listing.ALL, **how):
    return [line.name for line in work(desk, listing, **how).lines]


def free_of_tasks(desk):
    """Tasks of the plan moved out of sight, so that a test sees only its own rows."""
    for person in (desk.budi, desk.wati, desk.joko):
        for task in desk.tasks(person, state=TaskState.PLANNED):
            task.due_at = NOW + 50 * DAY
