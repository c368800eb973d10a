"""One contact for the eye: result, who, when, the note, and who takes it on."""

from dataclasses import dataclass, field
from datetime import datetime

from companion.models import Contact
from companion.services.caseload_words import label
from companion.services.contacts import HANDLER_MARK


@dataclass(frozen=True)
class ContactView:
    """What was tried: result, who, when, the note and who takes it on."""

    code: str
    label: str
    at: datetime
    by: str = field(repr=False)
    next_at: datetime | None
    note: str | None = field(repr=False)
    handler: str | None = field(repr=False)


def contact_view(contact: Contact) -> ContactView:
    """One contact for the eye; a line that names who takes it on stands apart from the note."""
    handler, note = None, contact.note
    if note and note.startswith(HANDLER_MARK):
        handler, _mark, note = note.removeprefix(HANDLER_MARK).partition("\n")
    return ContactView(
        contact.code,
        label(contact.code),
        contact.at,
        contact.staff.name,
        contact.next_at,
        note or None,
        handler,
    )
