"""What the gate looks at, as it stands in the transaction that takes a message (design 2.6)."""

from collections import namedtuple

from sqlalchemy import bindparam, exists, func, select, type_coerce
from sqlalchemy.orm import aliased

from companion.db import UtcDateTime
from companion.models import (
    Alert,
    ChannelHold,
    Consent,
    EngineState,
    FamilyMember,
    Institution,
    Message,
    Number,
    Person,
    Phone,
    PlanVersion,
    Slot,
    Staff,
    Stop,
    Window,
)
from companion.rules import gate
from companion.rules.days import midnight
from companion.rules.gate import GateFacts
from companion.rules.plan import PlanSettings, day_of
from companion.rules.states import MessageState, SlotState
from companion.rules.terms import ConsentPurpose, Lane, Purpose
from companion.services import budget, calendars, cap, consents
from companion.services.institutions import duty_from, quiet_between
from companion.services.prepared import Prepared

TO_STAFF = frozenset({Purpose.STAFF_URGENT, Purpose.STAFF_LATE})
ANSWERED = (SlotState.ANSWERED, SlotState.ANSWERED_LATE)


def look(session, message_id, now):
    """The message with everything it hangs on, if it is still to be sent.

    On PostgreSQL the number's row is locked first, so that an opt-out, or another text to the same number,
    comes wholly before or wholly after.
    """
    if session.get_bind().dialect.name == "postgresql":
        _LOCK.run(session.connection(), message=message_id, now=now)
    found = _FACTS.first(session.connection(), message=message_id, now=now)
    return found and Looked(found)


_READ = {
    Message: (
        "id", "ref", "institution_id", "purpose", "lane", "step", "channel", "slot_id", "alert_id", "number_id",
        "staff_id", "family_member_id", "token", "planned_for", "expires_at", "held_because", "attempts",
    ),
    Number: ("id", "e164", "silenced_at", "unusable_at", "quiet_until"),
    Person: ("id", "ref", "called", "born_on", "language", "zone", "province", "status"),
    Slot: ("id", "seq", "state", "closes_at"),
    Window: ("id", "left_on", "state", "paused_until"),
    Institution: (
        "id", "app_name", "zone", "province", "duty_number", "daily_budget", "wording_mark", "calendar_version",
    ),
    Staff: ("id", "phone", "active"), Alert: ("id", "opened_at", "ack_at"),
    FamilyMember: ("id", "ref", "language", "ended_at"),
}  # fmt: skip
"""What is read of each row: a text is taken thousands of times a day, and whole rows are three times as much."""


class Looked:
    """A message with its rows by their names (`Person`, `Slot` ...), None where it hangs on none of that kind."""

    def __init__(self, found):
        place = 0
        for model, names in _READ.items():
            values, place = found[place : place + len(names)], place + len(names)
            setattr(self, model.__name__, _ROWS[model]._make(values) if values[0] is not None else None)
        self.safe_from, self.safe_to, self.confirmed_at, self.settings, *consented = found[place:]
        for purpose, given in zip(ConsentPurpose, consented, strict=True):
            setattr(self, purpose.value, given)


_ROWS = {model: namedtuple(model.__name__, names) for model, names in _READ.items()}


def _facts_query(_dialect: str):
    def standing(purpose):
        return exists().where(
            Consent.person_id == Message.person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
        )

    latest = aliased(Window)
    current = (
        select(func.max(latest.id)).where(latest.person_id == Message.person_id).correlate(Message)
    ).scalar_subquery()
    return (
        select(
            *(
                getattr(model, name).label(f"{model.__name__}_{name}")
                for model, names in _READ.items()
                for name in names
            ),
            Phone.safe_from, Phone.safe_to, Phone.confirmed_at, PlanVersion.settings,
            *(standing(purpose).label(purpose.value) for purpose in ConsentPurpose),
        )
        .join(Institution, Institution.id == Message.institution_id)
        .outerjoin(Number, Number.id == Message.number_id)
        .outerjoin(Person, Person.id == Message.person_id)
        .outerjoin(Slot, Slot.id == Message.slot_id)
        .outerjoin(Window, Window.id == func.coalesce(Slot.window_id, current))
        .outerjoin(PlanVersion, PlanVersion.id == Window.plan_version_id)
        .outerjoin(Staff, Staff.id == Message.staff_id)
        .outerjoin(Alert, Alert.id == Message.alert_id)
        .outerjoin(FamilyMember, FamilyMember.id == Message.family_member_id)
        .outerjoin(Phone, (Phone.person_id == Message.person_id) & (Phone.number_id == Message.number_id))
        .where(*_TO_BE_SENT)
    )  # fmt: skip


_TO_BE_SENT = (
    Message.id == bindparam("message"), Message.state == MessageState.PLANNED, Message.look_at <= bindparam("now"),
)  # fmt: skip
_FACTS = Prepared(_facts_query)
_LOCK = Prepared(
    lambda _: (
        select(Number.id)
        .join(Message, Message.number_id == Number.id)
        .where(*_TO_BE_SENT)
        .with_for_update(key_share=True, of=Number)
    )
)


def facts(session, row, now) -> GateFacts:
    """All that could forbid this message, looked up now."""
    message, person, window = row.Message, row.Person, row.Window
    to_staff = message.purpose in TO_STAFF
    zone = person.zone if person else row.Institution.zone
    counted = [] if to_staff else cap.texts_of_seven_days(session, message, zone, now)
    today = midnight(now, zone)
    brakes = _brakes(session, message, person)
    return GateFacts(
        purpose=message.purpose,
        lane=message.lane,
        consented=_consented(row, now),
        number_silenced=bool(row.Number and row.Number.silenced_at),
        number_unusable=recipient(row) is None or bool(row.Number and row.Number.unusable_at),
        number_confirmed=row.confirmed_at is not None,
        person_status=person.status if person else None,
        window_state=window.state if window else None,
        expires_at=message.expires_at,
        zone=zone,
        calendar=calendars.of(session, row.Institution.id, row.Institution.calendar_version),
        province=person.province if person else row.Institution.province,
        stop_until=brakes.stop_until,
        stopped=brakes.restored_at is not None,
        channel_held_until=brakes.held_until,
        budget_left=None if message.lane == Lane.URGENT else budget.left(session, row.Institution, now),
        sent_today_to_number=sum(at >= today for at in counted),
        sent_in_7_days=len(counted),
        oldest_in_window_at=min(counted, default=None),
        cap_week=_cap_of_week(row, now, zone),
        quiet=quiet_between(row.safe_from, row.safe_to),
        paused_until=window.paused_until if window else None,
        number_hold_until=row.Number.quiet_until if row.Number else None,
        answered=bool(row.Slot and row.Slot.state in ANSWERED),
        slot_open=row.Slot is None or row.Slot.state is SlotState.OPEN,
        outranked=cap.outranked(session, message, zone, now),
        cap_exempt=message.purpose in gate.CAP_EXEMPT,
        to_staff=to_staff,
        duty_from=duty_from(session, message, now) if to_staff else None,
    )


def recipient(row) -> str | None:
    """The number this message goes to; None when there is none, or the member of staff has left."""
    if row.Message.purpose not in TO_STAFF:
        return row.Number and row.Number.e164
    if row.Message.staff_id is None:
        return row.Institution.duty_number
    return row.Staff.phone if row.Staff and row.Staff.active else None


def _consented(row, now) -> bool:
    if row.Message.purpose in TO_STAFF:
        return True
    if row.Message.family_member_id is not None:
        return bool(row.family and row.FamilyMember.ended_at is None)
    if row.Person is None:
        return False
    return bool(row.guardian and row.assent) if consents.is_teen(row.Person, now) else bool(row.follow_up)


def _brakes(session, message, person):
    """Stop switch, held channel and a restore that nobody has lifted, in one look."""
    if message.purpose in TO_STAFF:
        return _STAFF_BRAKES.first(session.connection(), channel=message.channel)
    return _BRAKES.first(
        session.connection(), institution_id=message.institution_id, channel=message.channel,
        province=person.province if person else None,
    )  # fmt: skip


def _brakes_query(to_staff: bool):
    """A text to staff is held only by a stop of everything: a red alert must not wait for a flood to end."""
    applies, here = Stop.institution_id.is_(None), Stop.province.is_(None)
    if not to_staff:
        applies |= Stop.institution_id == bindparam("institution_id")
        here |= Stop.province == bindparam("province")
    stop = select(func.max(Stop.until)).where(Stop.lifted_at.is_(None), applies, here)
    hold = select(ChannelHold.until).where(ChannelHold.channel == bindparam("channel"))
    restored = select(EngineState.restored_at).limit(1)
    return select(
        type_coerce(stop.scalar_subquery(), UtcDateTime).label("stop_until"),
        type_coerce(hold.scalar_subquery(), UtcDateTime).label("held_until"),
        type_coerce(restored.scalar_subquery(), UtcDateTime).label("restored_at"),
    )


_BRAKES = Prepared(lambda _: _brakes_query(to_staff=False))
_STAFF_BRAKES = Prepared(lambda _: _brakes_query(to_staff=True))


def _cap_of_week(row, now, zone) -> int:
    settings = PlanSettings.from_json(row.settings) if row.settings else PlanSettings()
    return settings.cap_on(day_of(row.Window.left_on, now, zone) if row.Window else 0)
