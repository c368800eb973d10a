"""The supervisor's texts in words: what each is for, its places, and how to mend what is wrong with one."""

from companion.i18n import gettext as _
from companion.i18n import lazy as _l
from companion.i18n import ngettext
from companion.rules.terms import Purpose
from companion.rules.wordings import PLACES, WRITTEN, Finding, Flaw
from companion.rules.words import FaultKind

PURPOSES = {
    Purpose.INVITATION: (_l("Invitation"), _l("When a check-in falls due.")),
    Purpose.REMINDER: (_l("Reminder"), _l("A day later, once, where nobody has answered.")),
    Purpose.AFTER_GAP: (
        _l("Invitation after our gap"),
        _l("In place of the invitation, after our service stood still."),
    ),
    Purpose.NEW_LINK: (_l("New link"), _l("At once, when somebody asks for a new link on the page.")),
    Purpose.CHECK_NUMBER: (
        _l("Question about the number"),
        _l("Before anything else, to a number nobody has confirmed. A stranger may read it: no name on it."),
    ),
    Purpose.FIRST: (_l("First text"), _l("In the first days, so that our texts are known from then on.")),
    Purpose.WE_RANG: (_l("Text “we rang”"), _l("After a call that nobody took.")),
    Purpose.FAMILY_WEEKLY: (
        _l("Weekly reading for families"),
        _l("Once a week, to members of the family who read along."),
    ),
    Purpose.STAFF_URGENT: (_l("Urgent, to staff"), _l("At once, to whoever is to take something urgent.")),
    Purpose.STAFF_LATE: (
        _l("Taken by nobody, to staff"),
        _l("To the next in line, when nobody has taken it."),
    ),
}
MEANINGS = {
    "app": _l("who writes; begins the text"),
    "s": _l("how the person is called, at most ten letters"),
    "h": _l("until which day the link works"),
    "j": _l("the time by when, or since when"),
    "t": _l("the title of the week's reading"),
    "u": _l("the link; ends the text"),
}
FORBIDDEN = {
    "drugs": _l("“%(word)s” tells a bystander what this is about. Leave it out; “update” says enough."),
    "rehabilitation": _l(
        "“%(word)s” tells a bystander where somebody has been. Say “update” or “appointment”."
    ),
    "authority": _l("“%(word)s” names an authority, which no text may. “We” is enough."),
    "worker": _l("“%(word)s” names our work, or can be taken for a spouse. Say “we”."),
    "religion": _l("“%(word)s” speaks of religion, which is not everybody's. Leave it out."),
    "blame": _l("“%(word)s” can be read as a reproach. Say what is still open, not what was left undone."),
    "stigma": _l("“%(word)s” hurts people and puts them into a drawer. Speak of what comes next."),
    "longing": _l("“%(word)s” can be taken for a love letter by somebody who reads along. Ask plainly how it is."),
    "route": _l("Carriers block “%(word)s” as a swindler's word. Say it differently: “phone”, “link”."),
    "count": _l("“%(word)s” counts time and so tells since when. Leave the number out, or name the day."),
}  # fmt: skip
_PLAIN = {
    FaultKind.DIGITS: _l("Four or more digits in a row are blocked on the way. Put them on the page behind the link."),
    FaultKind.LINK: _l("End the text with {tautan}: once, after a blank, with nothing behind it and no other address."),
    FaultKind.GAP: _l("There is a hole: a lone brace, a blank before a comma, or two signs in a row. Close it."),
    FaultKind.SPACES: _l("There is a blank too many. Take it out."),
    Flaw.EMPTY: _l("Write this language too: some people read only this one."),
    Flaw.NO_SENDER: _l("Begin with {pengirim}: not every phone shows who writes."),
}  # fmt: skip
UNSAID = {
    FaultKind.TOO_LONG: _l("too long"),
    FaultKind.NOT_GSM7: _l("a sign that cannot be sent"),
    FaultKind.FORBIDDEN: _l("a forbidden word"),
    FaultKind.DIGITS: _l("too many digits in a row"),
    FaultKind.LINK: _l("the link was not at the end"),
    FaultKind.GAP: _l("a hole"),
    FaultKind.SPACES: _l("a blank too many"),
}


def sentence(finding: Finding, purpose: Purpose) -> str:
    """One finding with how to mend it."""
    if finding.kind is FaultKind.FORBIDDEN:
        return _(FORBIDDEN[finding.about], word=finding.detail)
    if finding.kind is FaultKind.TOO_LONG:
        return ngettext(
            "Too long by one sign. With the longest name, day and link it has to fit one text of 160 signs.",
            "Too long by %(n)s signs. With the longest name, day and link it has to fit one text of 160 signs.",
            int(finding.detail),
        )
    if finding.kind is FaultKind.NOT_GSM7:
        return _("A plain text cannot carry %(signs)s. Use letters and plain signs.", signs=finding.detail)
    if finding.kind is Flaw.UNKNOWN_PLACE:
        known = ", ".join(f"{{{WRITTEN[code]}}}" for code in WRITTEN if code in PLACES[purpose])
        place = WRITTEN.get(finding.detail, finding.detail)
        return _("This text has no {%(place)s}. What it has: %(known)s.", place=place, known=known)
    if finding.kind is Flaw.UNEVEN:
        place = WRITTEN[finding.detail]
        return _("Only the other language has {%(place)s}. Put it into both, or into neither.", place=place)
    return _(_PLAIN[finding.kind])


def places_of(purpose: Purpose) -> list[tuple[str, str]]:
    """What may stand in braces in this text, and what it becomes."""
    return [(WRITTEN[code], _(MEANINGS[code])) for code in WRITTEN if code in PLACES[purpose]]


def unsaid_words(kinds: str) -> str:
    """Why own words could not be said to somebody: `too long, a hole`."""
    return ", ".join(_(UNSAID[FaultKind(kind)]) for kind in kinds.split(","))
