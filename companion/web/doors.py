"""The list of doors, and who stands behind a session cookie."""

from companion.web import (
    alerts,
    auth,
    calendar,
    carrier,
    cases,
    checkin,
    contacts,
    demo,
    engine_page,
    enrolment,
    family,
    family_invite,
    health,
    help,
    home,
    importing,
    institution,
    person,
    person_change,
    person_facts,
    person_window,
    plan,
    retention,
    texts,
)

ALL = [
    home.door,
    auth.door,
    carrier.door,
    health.door,
    demo.door,
    checkin.door,
    help.door,
    enrolment.door,
    importing.door,
    family.door,
    family_invite.door,
    cases.door,
    person.door,
    person_facts.door,
    person_window.door,
    person_change.door,
    contacts.door,
    alerts.door,
    institution.door,
    engine_page.door,
    texts.door,
    plan.door,
    calendar.door,
    retention.door,
]
WITHOUT_CSRF = [carrier.door, checkin.door]  # a token or a signature is the authority there

load_user = auth.load_user
ask_to_sign_in = auth.ask_to_sign_in
