"""What somebody told us, in plain words for the caseworker, and how urge and confidence went over time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from companion import i18n
from companion.content import Unsayable, words
from companion.i18n import gettext as _

WIDTH, HEIGHT, MARGIN = 320, 110, 8
HIGHEST = 10


@dataclass(frozen=True)
class Told:
    """One answer in words: when, whether it surely came from the person, and its parts in the order asked."""

    at: datetime
    proven: bool
    parts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Chart:
    """Two lines through the proven answers: SVG points of a 320 x 110 picture, and a sentence that says the same."""

    urge: tuple[tuple[float, float], ...] = field(repr=False)
    confidence: tuple[tuple[float, float], ...] = field(repr=False)
    sentence: str = field(repr=False)


def told(answer) -> Told:
    """An answer in the words of its own form, shortened; what was left out is left out."""
    said = answer.said
    parts = [
        _choice(_("Mood: %(answer)s"), "mood", said),
        _number(_("Urge %(n)s"), said.get("urge")),
        _number(_("Confidence %(n)s"), said.get("confidence")),
        _situation(said),
        _choice(_("Sleep: %(answer)s"), "sleep", said),
        _choice(_("Old habit: %(answer)s"), "use", said),
        _choice(_("Harder than usual: %(answer)s"), "harder", said),
        _("Wants to tell it in person") if said.get("harder") == "tell" else None,
        _contact(said),
        _choice(_("Not safe: %(answer)s"), "about", said) or (_("Not safe") if said.get("unsafe") else None),
    ]
    found = tuple(part for part in parts if part)
    return Told(answer.at, answer.proven, found or (_("Only said hello"),))


def _choice(sentence: str, name: str, said: dict) -> str | None:
    label = _label(name, said.get(name))
    return sentence % {"answer": label} if label else None


def _number(sentence: str, value) -> str | None:
    return None if value is None else sentence % {"n": value}


def _situation(said: dict) -> str | None:
    """Whether something shakes the person, and about what."""
    situation, kinds = said.get("situation"), said.get("situation_kind") or ()
    labels = [label for kind in kinds if (label := _label("situation_kind", kind))]
    about = ", ".join(labels).lower()
    match situation:
        case "past":
            return _("Something shook them: %(about)s", about=about or _("not said"))
        case "coming":
            return _("Something is coming: %(about)s", about=about or _("not said"))
        case "both":
            return _("Something shook them and more is coming: %(about)s", about=about or _("not said"))
        case "no":
            return _("Nothing shakes them")
    return _("About: %(about)s", about=about) if about else None


def _contact(said: dict) -> str | None:
    return {
        "week": _("Wants to talk this week"),
        "soon": _("Wants to talk as soon as possible"),
        "no": _("No contact needed now"),
    }.get(said.get("contact"))


def _label(name: str, value) -> str | None:
    """The words of one option of the form; None for what the form does not know."""
    if value is None:
        return None
    try:
        options = words.question(name, "en" if i18n.language() == "en" else "anda").options
    except Unsayable:
        return None
    return next((option.label for option in options if option.value == str(value)), None)


def chart(answers: Sequence, zone: str, now: datetime) -> Chart | None:
    """Urge and confidence of the proven answers over time; None before there are two. `answers` newest first."""
    given = [
        answer
        for answer in reversed(answers)
        if answer.proven and answer.said.get("urge") is not None and answer.said.get("confidence") is not None
    ]
    if len(given) < 2:
        return None
    first, last = given[0], given[-1]
    sentence = _(
        "From %(first)s to %(last)s: urge %(u1)s to %(u2)s, confidence %(k1)s to %(k2)s, in %(n)s updates.",
        first=i18n.day_words(first.at, zone, now), last=i18n.day_words(last.at, zone, now),
        u1=first.said["urge"], u2=last.said["urge"], k1=first.said["confidence"], k2=last.said["confidence"],
        n=len(given),
    )  # fmt: skip
    return Chart(_line(given, "urge"), _line(given, "confidence"), sentence)


def _line(given, name: str) -> tuple[tuple[float, float], ...]:
    """Points from left to right by time; 10 is at the top."""
    start, span = given[0].at, (given[-1].at - given[0].at).total_seconds() or 1
    inner, tall = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    return tuple(
        (
            round(MARGIN + inner * (answer.at - start).total_seconds() / span, 1),
            round(MARGIN + tall * (1 - answer.said[name] / HIGHEST), 1),
        )
        for answer in given
    )
