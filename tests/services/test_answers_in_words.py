"""What an answer raised is kept as a code with its values, and can be said."""

from datetime import date

import pytest
from sqlalchemy import select

from companion.content import reasons
from companion.models import Signal
from companion.rules.terms import LinkKind
from tests.services.answering import DAY, tell
from tests.services.centre import NOW

EVERYTHING = [
    {"unsafe": True, "about": "badan", "may_call": "message"},
    {"contact": "soon"},
    {"use": "yes", "contact": "no"},
    {"urge": 9, "confidence": 2},
    {"contact": "week", "urge": 7, "confidence": 4, "harder": "yes"},
    {"situation_kind": ["rumah", "hilang"], "mood": 1, "sleep": 1, "use": "rather_not", "urge": 6},
    {
        "situation_kind": ["rumah"],
        "mood": 2,
        "sleep": 2,
        "use": "rather_not",
        "urge": 7,
        "safe_way": "not_here",
    },
    {"here": True, "contact": "no"},
    {"here": True},
    {"here": True},
]


@pytest.mark.parametrize("born_on", [date(1990, 1, 1), date(2011, 1, 1)], ids=["adult", "teen"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_reason_that_is_kept_can_be_said(session, centre, born_on, language):
    wati = centre.guest(born_on=born_on)
    for day, said in enumerate(EVERYTHING):
        wati.token = centre.link(wati.person, LinkKind.FRESH)
        tell(session, wati, said, NOW + day * DAY)
    kept = list(session.scalars(select(Signal)))
    for signal in kept:
        values = dict(signal.values)
        also, teen = values.pop("also"), values.pop("teen")
        when = {"when": "kemarin"} if "when" in reasons.needs(signal.code) else {}
        assert reasons.reason(signal.code, language, teen=teen, also=also, **values, **when)
    found = {signal.code for signal in kept}
    assert {"R1_button", "R2", "R3", "R4", "A1", "A8", "A11", "X_only_hello"} <= found
    assert ({"two_ambers", "amber_twice", "A10", "A6"} <= found) is (born_on.year == 1990)


def test_the_reason_for_a_shared_number_says_how_many_have_it(session, centre, budi):
    centre.share_number(budi)
    tell(session, budi, {"contact": "soon"})
    signal = session.scalars(select(Signal)).one()
    assert signal.code == "R2_unknown"
    assert signal.values["n"] == 2
    assert "no_pin" in signal.values["also"]
