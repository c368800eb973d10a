"""The words of a person's history and access log: states, outcomes and acts as sentences."""

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.rules.results import AlertOutcome, WindowOutcome
from companion.rules.states import Family, MessageState, SlotState
from companion.rules.terms import ConsentPurpose, Purpose

SLOTS = {
    SlotState.OPEN: _l("Check-in open, waiting for an answer"),
    SlotState.ANSWERED: _l("Check-in answered"),
    SlotState.ANSWERED_LATE: _l("Check-in answered, later than expected"),
    SlotState.EXCUSED: _l("Check-in let off"),
    SlotState.CANCELLED: _l("Check-in taken back"),
    SlotState.MISSED: _l("Check-in not answered; the reason is not known"),
    SlotState.UNREACHED: _l("Check-in did not arrive: the number did not take it"),
    SlotState.VOID: _l("Check-in never left us: that was our fault"),
}
MESSAGES = {
    Purpose.INVITATION: _l("Invitation"),
    Purpose.REMINDER: _l("Reminder"),
    Purpose.AFTER_GAP: _l("Invitation after our gap"),
    Purpose.NEW_LINK: _l("New link"),
    Purpose.CHECK_NUMBER: _l("Question about the number"),
    Purpose.FIRST: _l("First text"),
    Purpose.WE_RANG: _l("Text “we rang”"),
}
MESSAGE_STATES = {
    MessageState.PLANNED: _l("planned"),
    MessageState.SENDING: _l("being sent"),
    MessageState.SENT: _l("sent"),
    MessageState.DELIVERED: _l("arrived"),
    MessageState.UNDELIVERED: _l("did not arrive"),
    MessageState.REFUSED: _l("refused"),
    MessageState.UNSURE: _l("not certain whether it left"),
    MessageState.EXPIRED: _l("too late, not sent"),
    MessageState.CANCELLED: _l("not sent any more"),
}
FAMILIES = {
    Family.SILENCE: _l("Not answered yet"),
    Family.UNDELIVERED: _l("Not delivered"),
    Family.STRUGGLING: _l("Having a hard time"),
    Family.SAFETY: _l("Not safe"),
    Family.WORRY: _l("To be looked after"),
    Family.DATA: _l("Something to make sure of"),
    Family.SYSTEM: _l("Fault on our side"),
}
ALERT_OUTCOMES = {
    AlertOutcome.SPOKE: _l("Spoke with the person"),
    AlertOutcome.ANSWERED: _l("The person answered by themselves"),
    AlertOutcome.REFERRED: _l("Somebody else has taken over"),
    AlertOutcome.CORRECTED: _l("Put right"),
    AlertOutcome.NOTHING: _l("There was nothing to do"),
    AlertOutcome.ENDED: _l("The follow-up has ended"),
}
WINDOW_OUTCOMES = {
    WindowOutcome.STABLE: _l("Doing well"),
    WindowOutcome.WITH_CARE: _l("Still needs company, which goes on elsewhere"),
    WindowOutcome.LAPSE: _l("Went back once (lapse)"),
    WindowOutcome.RELAPSE: _l("Went back to the old pattern (relapse)"),
    WindowOutcome.BACK_IN_CARE: _l("Back in care"),
    WindowOutcome.MOVED: _l("Moved, followed up elsewhere"),
    WindowOutcome.WITHDRAWN: _l("Wants no more follow-up"),
    WindowOutcome.NOT_REACHED: _l("Could not be reached"),
    WindowOutcome.DIED: _l("Died"),
    WindowOutcome.UNKNOWN: _l("Not known"),
}
CONSENTS = {
    ConsentPurpose.FOLLOW_UP: _l("Follow-up by text"),
    ConsentPurpose.GUARDIAN: _l("Guardian's consent"),
    ConsentPurpose.ASSENT: _l("Own assent"),
    ConsentPurpose.FAMILY: _l("Reading for family"),
}
ACTS = {
    "read": _l("Opened the record"),
    "enrolled": _l("Enrolled"),
    "family_invited": _l("Invited family to the reading"),
    "family_pin": _l("Gave family a new PIN"),
    "family_ended": _l("Ended the family reading"),
    "answered_for": _l("Filled in a check-in together"),
    "alert_handed_over": _l("Handed something over to a colleague"),
    "text_decided": _l("Decided about a text"),
    "assigned": _l("Changed the caseworker"),
    "phone_changed": _l("Changed what is known about a phone"),
    "phone_added": _l("Added a phone number"),
    "number_changed": _l("Wrote down a new number for texts"),
    "hour_changed": _l("Changed the time of the check-ins"),
    "place_changed": _l("Wrote down another place"),
    "came_out_again": _l("Opened a new follow-up after coming out again"),
    "transfer_offered": _l("Offered the follow-up to another institution"),
    "transfer_withdrawn": _l("Took the offer to another institution back"),
    "transfer_declined": _l("The other institution declined"),
    "transfer_accepted": _l("The other institution took the follow-up over"),
    "transfer_read": _l("Looked at the offer from the other institution"),
    "taken_over": _l("Took the follow-up over from another institution"),
    "reopened": _l("Opened a number for messages again"),
    "not_theirs": _l("Marked an answer as not the person's"),
    "lapse_set": _l("Set a lapse"),
    "relapse_set": _l("Set a relapse"),
    "vital_interest": _l("Gave data to save a life"),
    "paused": _l("Paused the check-ins"),
    "resumed": _l("Ended the pause"),
    "lock_lifted": _l("Lifted the lock on relatives and visits"),
    "status:died": _l("Reported dead, not yet made sure"),
    "status:withdrawn": _l("Wants no more follow-up, not yet made sure"),
    "status:in_institution": _l("In an institution"),
    "status:not_reached": _l("Could not be reached"),
    "confirmed:died": _l("Death made sure"),
    "confirmed:withdrawn": _l("Withdrawal made sure"),
    "denied_end": _l("The report was not true"),
    "silenced:page": _l("Messages stopped on the update page"),
    "silenced:bukan_saya": _l("Messages stopped by the 'not me' button"),
    "silenced:carrier": _l("Messages stopped by the carrier"),
    "silenced:staff": _l("Messages stopped by staff, at the person's wish"),
    "silenced:wrong_person": _l("Messages stopped: the number belongs to somebody else"),
}
BEGIN = {
    "contact:": _l("Wrote down a call or visit"),
    "consent:": _l("Recorded consent"),
    "consent_withdrawn:": _l("Consent withdrawn"),
    "alert_closed:": _l("Closed something that was open"),
    "window_closed:": _l("Closed the follow-up"),
    "window_days:": _l("Changed the length of the follow-up"),
}
"""Acts that carry a code behind a colon."""
TOLD_ACTS = tuple(sorted(set(ACTS) - {"read", "text_decided", "transfer_read"}))
"""What the history tells of the acts; the rest stands there as what it did."""


def words(row) -> str:
    """One event of the history in words; `row` as `history` selects it."""
    match row.kind:
        case "slot":
            return _(SLOTS.get(row.state, "Check-in"))
        case "message":
            return _(
                "%(text)s: %(state)s",
                text=_(MESSAGES.get(row.what, "Text")),
                state=_(MESSAGE_STATES[row.state]),
            )
        case "consent":
            return _("Consent given: %(purpose)s", purpose=_(CONSENTS[row.what]))
        case "withdrawn":
            return _("Consent withdrawn: %(purpose)s", purpose=_(CONSENTS[row.what]))
        case "alert":
            return _("Came up: %(what)s", what=_(FAMILIES[row.what]))
        case "closed":
            return _("Closed: %(what)s. %(outcome)s", what=_(FAMILIES[row.what]), outcome=_outcome(row.state))
        case "window":
            return _("Follow-up closed: %(outcome)s", outcome=_(WINDOW_OUTCOMES.get(row.what, "Not known")))
        case "act":
            return act_words(row.what)
    return ""


def _outcome(outcome: str | None) -> str:
    return _(ALERT_OUTCOMES.get(outcome, "Put right"))


def act_words(act: str) -> str:
    """One act of the access log in words."""
    known = ACTS.get(act) or next((said for begin, said in BEGIN.items() if act.startswith(begin)), None)
    return _(known or "Changed the record")
