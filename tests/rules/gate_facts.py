"""Facts for the tests of the gate: a text with nothing against it, one to staff, and a Wednesday morning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from companion.rules.days import load_calendar
from companion.rules.gate import GateFacts
from companion.rules.states import WindowState
from companion.rules.terms import Lane, PersonStatus, Purpose

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
SECOND = timedelta(seconds=1)


def at(day, moment, zone="Asia/Jakarta"):
    return datetime.fromisoformat(f"{day}T{moment}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(instant, zone="Asia/Jakarta"):
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


NOW = at("2026-11-25", "10:00:00")  # a Wednesday
FINE = GateFacts(
    purpose=Purpose.INVITATION,
    lane=Lane.BULK,
    consented=True,
    number_silenced=False,
    number_unusable=False,
    number_confirmed=True,
    person_status=PersonStatus.ENROLLED,
    window_state=WindowState.ACTIVE,
    expires_at=NOW + timedelta(days=1),
    zone="Asia/Jakarta",
    calendar=load_calendar(),
    province=None,
    stop_until=None,
    channel_held_until=None,
    budget_left=None,
    sent_today_to_number=0,
    sent_in_7_days=0,
    cap_week=4,
    outranked=False,
)
STAFF = replace(
    FINE,
    purpose=Purpose.STAFF_URGENT,
    lane=Lane.URGENT,
    to_staff=True,
    consented=False,
    person_status=None,
    window_state=None,
)
LATER = NOW + timedelta(hours=2)
