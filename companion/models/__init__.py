"""The nouns: every table, so that metadata is complete wherever one of them is imported."""

from companion.models.alerts import Alert, Contact, Signal
from companion.models.audit import Audit, LoginAttempt
from companion.models.calendar import CalendarDay
from companion.models.engine import (
    ChannelHold,
    EngineState,
    Gap,
    GapCall,
    ImportDraft,
    Parked,
    RaisedAlarm,
    Secret,
    SenderTurn,
    Stop,
)
from companion.models.family import FamilyMember, Reading
from companion.models.messages import Attempt, Message
from companion.models.people import Consent, Institution, Number, Person, Phone, Staff
from companion.models.retention import Deletion, RetentionRule, WeeklyCount
from companion.models.transfers import Transfer
from companion.models.windows import Answer, Link, PlanVersion, Rollout, Slot, Task, Window
from companion.models.wordings import Wording

__all__ = [
    "Alert", "Answer", "Attempt", "Audit", "CalendarDay", "ChannelHold", "Consent", "Contact", "Deletion",
    "EngineState", "FamilyMember", "Gap", "GapCall", "ImportDraft", "Institution", "Link", "LoginAttempt",
    "Message", "Number", "Parked", "Person", "Phone", "PlanVersion", "RaisedAlarm", "Reading",
    "RetentionRule", "Rollout", "Secret", "SenderTurn", "Signal", "Slot", "Staff", "Stop", "Task", "Transfer",
    "WeeklyCount", "Window", "Wording",
]  # fmt: skip
