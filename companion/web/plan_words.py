"""A plan in plain words, as a supervisor would tell it to a colleague."""

from companion.i18n import gettext as _
from companion.i18n import ngettext
from companion.rules.plan import PlanSettings


def told(settings: PlanSettings) -> list[tuple[str, str]]:
    """Every setting of a plan as a name and a sentence."""
    return [
        (_("How long"), _("%(n)s days from the day of leaving", n=settings.window_days)),
        (_("Check-ins in weeks 1–4"), _early(settings)),
        (_("Check-ins after that"), _late(settings)),
        (_("At what time"), _hour(settings)),
        (_("When there is no answer"), _reminder(settings)),
        (_("Staff get in touch"), _contacts(settings)),
        (_("When nothing is heard"), _silence(settings)),
        (_("Texts to one phone"), _cap(settings)),
    ]


def _list(days) -> str:
    *first, last = [str(day) for day in days]
    return _("%(some)s and %(last)s", some=", ".join(first), last=last) if first else last


def _early(settings) -> str:
    one, many = "day %(days)s of every week", "days %(days)s of every week"
    return ngettext(one, many, len(settings.early_days), days=_list(settings.early_days))


def _late(settings) -> str:
    weeks, days = settings.late_every_weeks, _list(settings.late_days)
    if weeks == 1:
        return ngettext(
            "day %(days)s of every week", "days %(days)s of every week", len(settings.late_days), days=days
        )
    return _("every %(weeks)s weeks, on day %(days)s of the week", weeks=weeks, days=days)


def _hour(settings) -> str:
    hour = settings.hour.replace(":", ".")
    if not settings.jitter_minutes:
        return _("%(hour)s, unless the person chose another time", hour=hour)
    return _(
        "around %(hour)s, up to %(n)s minutes earlier or later, unless the person chose another time",
        hour=hour,
        n=settings.jitter_minutes,
    )


def _reminder(settings) -> str:
    if settings.reminders:
        return _("one reminder the day after, in the other half of the day; then a caseworker sees it")
    return _("no reminder; a caseworker sees it")


def _contacts(settings) -> str:
    return _(
        "on days %(days)s; the closing contact on the first working day after day %(last)s",
        days=_list(settings.contact_days), last=settings.window_days - 1,
    )  # fmt: skip


def _silence(settings) -> str:
    return _(
        "urgent for the caseworker after %(early)s days in weeks 1–4, after %(late)s days later",
        early=settings.last_heard_early_days, late=settings.last_heard_late_days,
    )  # fmt: skip


def _cap(settings) -> str:
    return _(
        "at most %(early)s in seven days in weeks 1–4, then %(late)s; never more than one a day",
        early=settings.cap_early, late=settings.cap_late,
    )  # fmt: skip
