"""What each result changes beside the next date: the phone, the window, the person's status (texts 4)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.models import Alert, Contact, Signal
from companion.rules.results import (
    DOUBT_AFTER_DAYS,
    RESULTS,
    AlertOutcome,
    Code,
    Effect,
    Past,
    connection_failed_on,
)
from companion.rules.states import AlertState, Family, Level, Within
from companion.rules.terms import ConsentPurpose, LinkKind, PersonStatus, PhoneKind, Purpose, Role, Step
from companion.services import alerts, audit, changes, enrol, links, numbers, outbox, pauses

QUIET = timedelta(hours=24)
WE_RANG_LIVES = timedelta(hours=24)
LINK_LIVES = timedelta(days=7)
AWAY = timedelta(days=30)


def apply(session: Session, here, entry, contact: Contact) -> None:
    """Do what this result does. Every effect is safe on a person without a phone."""
    effect = RESULTS[entry.code].effect
    if effect in ON_PHONE and here.phone is not None:
        ON_PHONE[effect](session, here, contact)
    elif effect in ON_PERSON:
        ON_PERSON[effect](session, here, entry, contact)
    if entry.lapse in ("lapse", "relapse"):
        here.person.lapse_set_at = here.now
        _note(session, here, f"{entry.lapse}_set")
    if entry.vital:
        _note(session, here, "vital_interest")
    if entry.code is Code.MEDICAL and entry.until:
        pauses.stop_asking(session, here.now, here.window, entry.until, "medical")
    if entry.we_rang and entry.code is Code.NO_ANSWER and here.phone is not None:
        _we_rang(session, here, contact)


def _note(session, here, act: str) -> None:
    audit.note(
        session, here.now, act, actor="staff", staff_id=here.staff.id,
        institution_id=here.person.institution_id, person_id=here.person.id,
    )  # fmt: skip


def _shared(session, here, contact) -> None:
    here.phone.kind = PhoneKind.SHARED


def _doubt(session, here, contact) -> None:
    zone = ZoneInfo(here.facts.hours.zone)
    tries = [Past(Code.NOT_CONNECTED, here.now), *here.history]
    if connection_failed_on(tries, lambda at: at.astimezone(zone).date()) >= DOUBT_AFTER_DAYS:
        here.phone.doubted_at = here.phone.doubted_at or here.now


def _unusable(session, here, contact) -> None:
    numbers.mark_unusable(session, here.now, here.phone.number_id, "number_dead")
    _raise(
        session,
        here,
        contact,
        Family.UNDELIVERED,
        Level.AMBER,
        ("U1", {"cause": "number_dead"}),
        Within.DAYS_2,
    )


def _not_theirs(session, here, contact) -> None:
    """A stranger's number: silenced for good, not rung again, and nobody's consent holds for it."""
    here.phone.may_call = False
    here.phone.confirmed_at = None
    here.phone.doubted_at = here.now
    session.flush()
    numbers.silence(session, here.now, here.phone.number_id, "wrong_person")


def _stop_texts(session, here, contact) -> None:
    """The person said so in a conversation, so nobody has to find out who it was that stopped the messages."""
    numbers.silence(session, here.now, here.phone.number_id, "staff")
    session.flush()
    raised = session.scalars(
        select(Alert).where(
            Alert.window_id == here.window.id, Alert.family == Family.DATA, Alert.state != AlertState.CLOSED,
            Alert.opened_at == here.now,
        )
    ).first()  # fmt: skip
    if raised is not None and _only_about_this(session, raised):
        alerts.claim(session, here.now, raised.id, here.staff)
        alerts.close(session, here.now, raised.id, here.staff, AlertOutcome.SPOKE, None)
        session.expire(raised)


def _only_about_this(session, alert: Alert) -> bool:
    codes = session.scalars(select(Signal.code).where(Signal.alert_id == alert.id)).all()
    return list(codes) == ["X_opt_out"]


def _quiet(session, here, contact) -> None:
    """Nothing to this number for a day; the second time running a supervisor sees it too."""
    numbers.keep_quiet(session, here.phone.number_id, here.now + QUIET)
    if here.history and here.history[0].code is Code.UNSAFE_NOW:
        session.execute(
            update(Alert)
            .where(
                Alert.person_id == here.person.id, Alert.state != AlertState.CLOSED,
                Alert.step == Step.CASEWORKER,
            )
            .values(step=Step.SUPERVISOR)
            .execution_options(synchronize_session=False)
        )  # fmt: skip


def _danger(session, here, entry, contact) -> None:
    """Violence: red, told to a supervisor, and nothing to relatives, no visits until somebody lifts the lock.

    A supervisor who notes it has it.
    """
    here.person.contact_lock = True
    raised = _raise(
        session, here, contact, Family.SAFETY, Level.RED, ("R6", {"danger": "violence"}), Within.HOURS_4,
        to_supervisor=True,
    )  # fmt: skip
    if here.staff.role is Role.SUPERVISOR:
        alerts.claim(session, here.now, raised.alert_id, here.staff)


def _raise(session, here, contact, family, level, signal, within, to_supervisor=False) -> alerts.Raised:
    code, values = signal
    return alerts.raise_(
        session, here.now, window=here.window, institution=here.person.institution, family=family, level=level,
        signals=[(code, level, values)], about=f"contact:{contact.id}", within=within,
        caseworker_id=here.person.caseworker_id, to_supervisor=to_supervisor,
    )  # fmt: skip


def _pause(session, here, entry, contact) -> None:
    pauses.stop_asking(session, here.now, here.window, entry.until, "asked")


def _away(session, here, entry, contact) -> None:
    """In hospital or elsewhere: nothing is asked until a person says that they are back."""
    here.person.status = PersonStatus.IN_INSTITUTION
    until = max(here.window.ends_at, here.now + AWAY)
    pauses.stop_asking(session, here.now, here.window, until, "in_institution")
    outbox.cancel_person(session, here.now, here.person.id, "status:in_institution")
    _note(session, here, "status:in_institution")


def _care_again(session, here, entry, contact) -> None:
    enrol.end_follow_up(session, here.now, here.person, PersonStatus.IN_INSTITUTION, staff_id=here.staff.id)


def _withdraw(session, here, entry, contact) -> None:
    for purpose in (ConsentPurpose.FOLLOW_UP, ConsentPurpose.ASSENT):
        enrol.withdraw_consent(session, here.now, here.person, purpose, staff_id=here.staff.id)
    enrol.end_follow_up(session, here.now, here.person, PersonStatus.WITHDRAWN, staff_id=here.staff.id)


def _death(session, here, entry, contact) -> None:
    enrol.end_follow_up(session, here.now, here.person, PersonStatus.DIED, staff_id=here.staff.id)


def _lost(session, here, entry, contact) -> None:
    here.person.status = PersonStatus.NOT_REACHED
    _note(session, here, "status:not_reached")


def _moved(session, here, entry, contact) -> None:
    """Another area may mean another zone: what is still promised is then promised at the hours of that place."""
    person = here.person
    zone, province = entry.zone or person.zone, entry.province or person.province
    changes.move_to(session, here.now, person, here.window, zone, province)


def _we_rang(session, here, contact) -> None:
    """The neutral text after a call that nobody took; the gate decides whether it may leave."""
    now, number_id = here.now, here.phone.number_id
    about = {
        "institution_id": here.person.institution_id,
        "person_id": here.person.id,
        "number_id": number_id,
    }
    token = links.make(session, now, LinkKind.FRESH, **about, expires_at=now + LINK_LIVES)
    outbox.promise(
        session, now, purpose=Purpose.WE_RANG, subject=f"contact:{contact.id}", token=token,
        expires_at=now + WE_RANG_LIVES, **about,
    )  # fmt: skip


ON_PHONE = {
    Effect.SHARED: _shared,
    Effect.DOUBT: _doubt,
    Effect.UNUSABLE: _unusable,
    Effect.NOT_THEIRS: _not_theirs,
    Effect.STOP_TEXTS: _stop_texts,
    Effect.QUIET: _quiet,
}
ON_PERSON = {
    Effect.DANGER: _danger,
    Effect.PAUSE: _pause,
    Effect.AWAY: _away,
    Effect.CARE_AGAIN: _care_again,
    Effect.WITHDRAW: _withdraw,
    Effect.DEATH: _death,
    Effect.LOST: _lost,
    Effect.MOVED: _moved,
}
