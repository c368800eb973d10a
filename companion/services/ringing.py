"""May this phone ring: what a caseworker has to know before dialling, as sentences (texts 8, "the ten seconds")."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from companion import i18n
from companion.i18n import gettext as _
from companion.rules.terms import PhoneKind
from companion.services.institutions import as_time


@dataclass(frozen=True)
class Ring:
    """The advice about one phone. `usable`: it may ring at all; `now`: at this moment; `words`: short sentences."""

    usable: bool
    now: bool
    shared: bool
    words: tuple[str, ...]


def advice(phone, number, zone: str, now: datetime, *, held: bool) -> Ring:
    """Whether to ring, and how. `phone` and `number` are rows with the columns of their tables, or None.

    `held`: somebody else has this number too, so it is shared whatever the phone says (design 2.4).
    What is dangerous comes first: a phone that must not ring, then one that takes nothing, then whose it is.
    """
    if phone is None or phone.kind is None:
        return Ring(False, False, False, (_("No phone number yet."),))
    shared = held or phone.kind is PhoneKind.SHARED
    if barred := _barred(phone, number, zone, now):
        return Ring(False, False, shared, barred)
    first_a_message = phone.safe_way == "message"
    words = [_("Send a message first.")] if first_a_message else []
    words.append(_whose(shared, first_a_message))
    inside = _inside(phone, zone, now)
    if hours := _hours(phone):
        words.append(
            _("Safe hours %(hours)s.", hours=hours)
            if inside
            else _("Not now: the safe hours are %(hours)s.", hours=hours)
        )
    if phone.doubted_at:
        words.append(_("The number has to be made sure of."))
    if number.silenced_at:
        words.append(_("Automatic messages to it are stopped; you may still call."))
    return Ring(True, inside and not first_a_message, shared, tuple(words))


def _whose(shared: bool, first_a_message: bool) -> str:
    if shared:
        return _("Shared phone: do not say a name.")
    return _("Own phone.") if first_a_message else _("Own phone: you may call.")


def _barred(phone, number, zone: str, now: datetime) -> tuple[str, ...] | None:
    if not phone.may_call or phone.safe_way == "not_here":
        return (_("Not this phone."), _("Use another agreed way."))
    if number.unusable_at:
        return (_("The number is no longer in use."), _("Find another way."))
    if number.quiet_until and now < number.quiet_until:
        until = i18n.moment_words(number.quiet_until, zone, now)
        return (_("It was not safe to talk. Leave this phone in peace until %(until)s.", until=until),)
    return None


def _hours(phone) -> str | None:
    """The safe hours as `09.00-17.00`; None where none were agreed."""
    if not phone.safe_from and not phone.safe_to:
        return None
    start, end = phone.safe_from or "00:00", phone.safe_to or "24:00"
    return f"{start}-{end}".replace(":", ".")


def _inside(phone, zone: str, now: datetime) -> bool:
    here = now.astimezone(ZoneInfo(zone)).time()
    end = as_time(phone.safe_to)
    return (as_time(phone.safe_from) or time.min) <= here and (end in (None, time.min) or here < end)


def clock_there(zone: str, own_zone: str, now: datetime) -> str | None:
    """What time it is where the person lives, if it is not the time on the office wall."""
    if now.astimezone(ZoneInfo(zone)).utcoffset() == now.astimezone(ZoneInfo(own_zone)).utcoffset():
        return None
    return _("%(time)s there now", time=i18n.clock_time(now, zone))
