"""Outbound words: rendered when sending, never stored (design 4.2). A text with a hole in it does not leave.

What an institution has approved comes before what was shipped. A text is never lost to wording: what cannot be said
to somebody gives way to the other variant, and then to the shipped words.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.content import Unsayable, outbound
from companion.db import rows_changed
from companion.models import Wording
from companion.rules import words
from companion.rules.states import WordingState
from companion.rules.terms import Purpose

VERSION = 1  # of the shipped words
REMEMBERED = 512
"""Institutions whose words a process keeps; each is a few kB."""


class Own(NamedTuple):
    """An institution's approved words for one variant."""

    wording_id: int
    version: int
    said: Mapping[str, str]


Owned = Mapping[tuple[Purpose, str], Own]
SHIPPED_ONLY: Owned = {}


@dataclass(frozen=True)
class Text:
    """A finished text. `passed_over`: own words that could not be said here, with the kinds of fault."""

    body: str = field(repr=False)
    template: str
    language: str
    body_hash: str
    passed_over: tuple[tuple[int, str], ...] = ()


def render(
    purpose: Purpose,
    language: str,
    link: str,
    *,
    seed: str = "",
    turn: int = 0,
    own: Owned = SHIPPED_ONLY,
    **fillers,
) -> Text:
    """The words of one message, with its link at the end.

    Variants alternate per person, so that two texts in a row differ; where one does not fit its segment
    with this link, the other is tried, and at last the shipped words. Raises Unsayable with the kinds of fault,
    never the words.
    """
    variants = outbound.variants(purpose)
    first = words.alternate(seed, turn, variants)
    order = (first, *(other for other in variants if other != first))
    passed_over, faults = [], ""
    for name, source, wording_id in _candidates(purpose, order, language, own):
        said, faults = _try(source, link, fillers)
        if not faults:
            digest = hashlib.sha256(said.encode()).hexdigest()
            return Text(said, name, language, digest, tuple(passed_over))
        if wording_id is not None:
            passed_over.append((wording_id, faults))
    raise Unsayable(faults)


def _candidates(purpose, order, language, own: Owned) -> Iterator[tuple[str, str, int | None]]:
    """(template, source, id of own words) in the order in which they are tried."""
    for variant in order:
        mine = own.get((purpose, variant))
        if mine is None:
            yield _shipped(purpose, variant, language)
        else:
            name = f"{purpose}.{variant}.{language}:own.{mine.version}"
            yield name, mine.said[language], mine.wording_id
    for variant in order:
        if (purpose, variant) in own:
            yield _shipped(purpose, variant, language)


def _shipped(purpose, variant, language) -> tuple[str, str, None]:
    return f"{purpose}.{variant}.{language}:{VERSION}", outbound.source(purpose, variant, language), None


def _try(source: str, link: str, fillers: Mapping) -> tuple[str, str]:
    """The finished words, and the kinds of what is wrong with them."""
    try:
        said = words.normalise(words.fill(source, u=link, **fillers))
    except Unsayable:
        return "", words.FaultKind.GAP.value
    return said, ",".join(sorted({fault.kind for fault in words.faults(said, link)}))


_known: OrderedDict[str, Owned] = OrderedDict()
"""What institutions have approved, by the mark of their last change: right in any number of processes.

A mark is random and new with every change, so what lies under a mark never grows old, not even after a restore.
"""


def in_force(session: Session, institution_id: int, mark: str | None) -> Owned:
    """An institution's approved words; `mark` is its `wording_mark` as read in this transaction.

    Costs a query once per change and process, and none while the institution has no words of its own.
    """
    if mark is None:
        return SHIPPED_ONLY
    if mark not in _known:
        _known[mark] = _approved(session, institution_id)
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return _known[mark]


def _approved(session, institution_id) -> Owned:
    rows = session.execute(
        select(Wording.purpose, Wording.variant, Wording.id, Wording.version, Wording.indonesian, Wording.english)
        .where(Wording.institution_id == institution_id, Wording.state == WordingState.APPROVED)
    )  # fmt: skip
    return {
        (row.purpose, row.variant): Own(row.id, row.version, {"id": row.indonesian, "en": row.english})
        for row in rows
    }


def note_passed_over(session: Session, text: Text, now: datetime) -> None:
    """Remember for staff that approved words could not be said to somebody; the first time counts."""
    for wording_id, why in sorted(text.passed_over):  # one order for all: two hands would lock each other out
        rows_changed(
            session,
            update(Wording)
            .where(
                Wording.id == wording_id,
                Wording.state == WordingState.APPROVED,
                Wording.unsaid_at.is_(None),
            )
            .values(unsaid_at=now, unsaid_why=why),
        )
