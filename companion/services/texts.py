"""Outbound words: rendered when sending, never stored (design 4.2). A text with a hole in it does not leave."""

import hashlib
from dataclasses import dataclass, field

from companion.content import Unsayable, outbound
from companion.rules import words
from companion.rules.terms import Purpose

VERSION = 1  # of the shipped words; edited ones bring their own


@dataclass(frozen=True)
class Text:
    body: str = field(repr=False)
    template: str
    language: str
    body_hash: str


def render(purpose: Purpose, language: str, link: str, *, seed: str = "", turn: int = 0, **fillers) -> Text:
    """The words of one message, with its link at the end.

    Variants alternate per person, so that two texts in a row differ; where one does not fit its segment
    with this link, the other is tried. Raises Unsayable with the kinds of fault, never the words.
    """
    variants = outbound.variants(purpose)
    first = words.alternate(seed, turn, variants)
    faults = ""
    for variant in (first, *(other for other in variants if other != first)):
        said = words.normalise(words.fill(outbound.source(purpose, variant, language), u=link, **fillers))
        found = words.faults(said, link)
        if not found:
            digest = hashlib.sha256(said.encode()).hexdigest()
            return Text(said, f"{purpose}.{variant}.{language}:{VERSION}", language, digest)
        faults = ",".join(sorted({fault.kind for fault in found}))
    raise Unsayable(faults)
