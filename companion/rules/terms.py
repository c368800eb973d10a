"""The words of the work that are not states: each a StrEnum, stored by value (glossary: docs/glossary.md)."""

from enum import StrEnum


class Role(StrEnum):
    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"


class PhoneKind(StrEnum):
    OWN = "own"
    SHARED = "shared"


class Opioid(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class PersonStatus(StrEnum):
    ENROLLED = "enrolled"  # in follow-up, whatever the window says
    IN_INSTITUTION = "in_institution"  # in hospital, rehabilitation, boarding or custody
    WITHDRAWN = "withdrawn"  # wants no follow-up any more
    DIED = "died"
    NOT_REACHED = "not_reached"  # set by a supervisor after all agreed ways


class ConsentPurpose(StrEnum):
    FOLLOW_UP = "follow_up"  # texts and check-ins about how the person is
    GUARDIAN = "guardian"  # a guardian's consent for somebody under 18 (UU 27/2022 art. 25)
    ASSENT = "assent"  # the young person's own yes
    FAMILY = "family"  # a named family member may be invited to the readings


class Purpose(StrEnum):
    """What a message is for. Its words are looked up when it is sent."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    AFTER_GAP = "gap"
    NEW_LINK = "new_link"
    CHECK_NUMBER = "check_number"
    FIRST = "first"
    WE_RANG = "we_rang"
    FAMILY_WEEKLY = "family_weekly"
    STAFF_URGENT = "staff_urgent"
    STAFF_LATE = "staff_late"


class Lane(StrEnum):
    URGENT = "urgent"  # never behind bulk, outside the budget (failures 18)
    BULK = "bulk"


class LinkKind(StrEnum):
    SLOT = "slot"  # one planned check-in
    FRESH = "fresh"  # asked for after an old one had closed
    CHECK = "check"  # asks whether the number is the right person's
    STAFF = "staff"  # opens the work list, needs sign-in
    FAMILY = "family"  # opens the readings, needs a PIN


class TaskKind(StrEnum):
    PLAN = "plan"  # a staff contact of the plan
    CLOSING = "closing"  # the first working day after the last day
    FOLLOW_UP = "follow_up"  # the next date that a result code set


class TaskState(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """Who has to take an alert now; it climbs when nobody does."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    DUTY_NUMBER = "duty_number"
    BANNER = "banner"


class DayKind(StrEnum):
    """What an institution says about its calendar."""

    ADDED = "added"  # a day of its own
    CORRECTED = "corrected"  # a shipped day on another date, surely known, or with the office open
    RAMADAN = "ramadan"  # first and last day of one month of fasting, and with it Idulfitri
