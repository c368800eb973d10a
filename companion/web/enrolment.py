"""Enrolling one person by a form, and what will happen next."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from companion.content import words
from companion.i18n import gettext as _
from companion.models import Institution, Person, Staff, Task
from companion.rules import provinces
from companion.rules.numbers import mask
from companion.rules.terms import ConsentPurpose, Role, TaskState
from companion.services import consents, importing, numbers, person, verifying, windows
from companion.web import sessions
from companion.web.access import STAFF, open_to
from companion.web.enrolment_form import HOURS, Form, spoken_hour
from companion.web.person_facts import STOPPED

door = Blueprint("enrolment", __name__)

SECOND_CLICK = timedelta(minutes=10)
"""Somebody who was enrolled so lately by the same hand was sent twice, not met twice."""


@door.get("/klien/baru")
@open_to(*STAFF)
def form():
    """An empty form."""
    institution = _institution()
    return _page(institution, {"phone_kind": institution.phones, "opioid": "unknown", "language": "id"}, {})


@door.post("/klien/baru")
@open_to(*STAFF)
def enrol_person():
    """Store one person with the consents that were given; nothing is stored from a form with a fault."""
    institution = _institution()
    read = Form(request.form, _today(institution), importing.window_days(sessions.db(), institution.id))
    caseworker_id = _caseworker(read.faults)
    if read.filled is None or read.faults:
        return _page(institution, request.form, read.faults), 400
    filled = read.filled
    done = importing.bring_in(
        sessions.db(), sessions.now(), institution, filled.entry, caseworker_id=caseworker_id,
        staff_id=current_user.staff.id, proofs=filled.proofs, language=filled.language, safe=filled.safe,
        confirms=filled.tried,
    )  # fmt: skip
    sessions.db().commit()
    mine = person.find(sessions.db(), current_user.staff, done.person.ref)
    if done.created or (mine and sessions.now() - mine.enrolled_at < SECOND_CLICK):
        return redirect(url_for("enrolment.next_steps", ref=done.person.ref), 303)
    return _page(institution, request.form, {}, here_already=True, known=mine), 409


@door.get("/klien/<ref>/berikutnya")
@open_to(*STAFF)
def next_steps(ref):
    """What will happen now, and the three sentences to be read out together."""
    db = sessions.db()
    found = person.find(db, current_user.staff, ref) or abort(404)
    with sessions.fresh_writing() as short:
        person.note_read(short, sessions.now(), current_user.staff, found.id)
    phone = next(iter(found.phones), None)
    return render_template(
        "enrolment/next.html", person=found, phone=phone, number=mask(phone.number.e164) if phone else "",
        shared=bool(phone and _is_shared(phone)), starts=consents.may_start(db, found, sessions.now()),
        asked=bool(phone and phone.confirmed_at is None and phone.number_id in verifying.pending(db, found, sessions.now())),
        stopped=STOPPED if consents.only_number_stopped(db, found, sessions.now()) else None,
        slot=windows.next_slot(db, found, sessions.now()), contacts=_contacts(found),
        given=consents.standing(db, found.id), teen=consents.is_teen(found, sessions.now()),
        sentences=_read_out(found),
    )  # fmt: skip


def _page(institution: Institution, typed, faults, *, here_already=False, known: Person | None = None):
    return render_template(
        "enrolment/form.html", typed=typed, faults=faults, here_already=here_already, known=known,
        institution=institution, provinces=[(one.code, one.name) for one in provinces.PROVINCES],
        hours=[(hour, spoken_hour(hour)) for hour in HOURS], today=_today(institution), consents=_consents(),
        caseworkers=[(one.ref, one.name) for one in _caseworkers()],
    )  # fmt: skip


def _consents():
    """The purposes with what each of them allows, in the words of the form; guardian and assent apart."""
    return {
        "adult": [
            (ConsentPurpose.FOLLOW_UP, _("Agrees to be accompanied: messages with check-ins, and calls"), ""),
            (
                ConsentPurpose.FAMILY,
                _("Agrees that one family member may be invited to the family reading"),
                _("The family never sees answers."),
            ),
        ],
        "minor": [
            (ConsentPurpose.GUARDIAN, _("The guardian agrees"), ""),
            (
                ConsentPurpose.ASSENT,
                _("The young person agrees as well"),
                _("Asked without the guardian in the room."),
            ),
        ],
    }


def _caseworkers() -> list[Staff]:
    if current_user.staff.role is Role.CASEWORKER:
        return []
    return list(
        sessions.db().scalars(
            select(Staff)
            .where(Staff.institution_id == current_user.institution_id, Staff.active)
            .order_by(Staff.role, Staff.id)
        )
    )


def _caseworker(faults: dict[str, str]) -> int | None:
    """A caseworker enrols for themselves, a supervisor says for whom."""
    if current_user.staff.role is Role.CASEWORKER:
        return current_user.staff.id
    chosen = {one.ref: one.id for one in _caseworkers()}.get(request.form.get("caseworker", ""))
    if chosen is None:
        faults["caseworker"] = _("Please choose who will accompany this person.")
    return chosen


def _contacts(found: Person) -> list[tuple]:
    """The days on which staff will call or visit, by the institution's calendar: (date, kind, day of the window)."""
    tasks = sessions.db().scalars(
        select(Task)
        .where(Task.person_id == found.id, Task.state == TaskState.PLANNED)
        .order_by(Task.due_at)
        .limit(20)
    )
    zone = ZoneInfo(found.institution.zone)
    return [(task.due_at.astimezone(zone).date(), task.kind, task.day) for task in tasks]


def _is_shared(phone) -> bool:
    return phone.kind.value == "shared" or numbers.holders(sessions.db(), phone.number_id) > 1


def _read_out(found: Person) -> list[str]:
    """The three sentences of first use in the person's own voice (texts 2.9)."""
    voice = "kamu" if consents.is_teen(found, sessions.now()) else "anda"
    voice = "en" if found.language == "en" else voice
    return [words.say(f"first_use_{n}", voice) for n in (1, 2, 3)]


def _institution() -> Institution:
    return sessions.db().get_one(Institution, current_user.institution_id)


def _today(institution: Institution):
    return sessions.now().astimezone(ZoneInfo(institution.zone)).date()
