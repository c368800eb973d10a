"""The thank-you: shown once, to the browser that sent the answer (design 2.5).

What it is about travels in a cookie that lives two minutes, is closed with the data key, bound to its link, and
sent to that link only. The next visit shows it and takes it away; without cookies the neutral page is shown.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, request

from companion import crypto
from companion.content import words
from companion.content.words import parts
from companion.i18n import bare_time, day_words
from companion.services.answers import Received
from companion.services.door import Door, DoorState, Surroundings
from companion.web.wording import at_words, by_words
from companion.web.wording import voice as voice_of

COOKIE = "kabar"
LIVES = timedelta(seconds=120)
Said = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Thanks:
    """A thank-you in words, each paragraph cut into pieces with whether they are bold.

    `box`: the one thing to do now. `danger`: with the numbers to call; `lasting`: with what can save a life after a
    slip. `asks`: the two questions after "not safe" are still to be put (texts 2.3).
    """

    heading: str
    paragraphs: list[Said]
    box: Said | None = None
    promise: Said | None = None
    danger: bool = False
    lasting: Said | None = None
    asks: bool = False


def leave(response, token: str, received: Received, about: str | None) -> None:
    """Give the browser what the next page is to say."""
    if received.thanks is None:
        return
    note = {"is": received.thanks, "late": received.late, "about": about, "s": _machine()}
    note |= {"by": _iso(received.promise.by), "told": _iso(received.promise.told_at)}
    _put(response, token, note)


def leave_new_link(response, token: str, earliest: datetime) -> None:
    """The same after a new link was asked for."""
    _put(response, token, {"is": "new_link", "by": _iso(earliest), "s": _machine()})


def take(token: str) -> dict | None:
    """What this browser was left with; None if nothing, too old, for another link, or not ours."""
    sealed = request.cookies.get(COOKIE, "")
    try:
        opened = crypto.ring().open(base64.urlsafe_b64decode(sealed), _place(token))
        note = json.loads(opened)
    except (ValueError, crypto.CannotOpen):
        return None
    return note if 0 <= _machine() - note["s"] <= LIVES.total_seconds() else None


def drop(response, token: str) -> None:
    """Take the note away: it was shown."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path=_path(token), httponly=True, samesite="Strict")


def compose(note: dict, door: Door, around: Surroundings, now: datetime) -> Thanks:
    """The words that fit what was left."""
    voice = voice_of(door.teen)
    by = datetime.fromisoformat(note["by"]) if note.get("by") else None
    match note["is"]:
        case "unsafe":
            return _unsafe(note, by, door, voice, now)
        case "new_link":
            said = words.say("expired_new_link_after", voice, waktu=at_words(by, door.zone, now))
        case "talk" if door.state is DoorState.CLOSED:
            said = words.say("expired_contact_after", voice, batas=_bold(by, door, now))
        case "talk" | "struggling" | "used":
            said = words.thanks(note["is"], voice, batas=_bold(by, door, now))
        case "hello":
            said = words.thanks("hello", voice)
        case name:
            said = _until_next(name, door, around, now)
    first = [words.thanks("late", voice)] if note.get("late") else []
    heading = words.thanks("heading", voice)
    if note["is"] not in ("struggling", "used"):
        return Thanks(heading, [parts(text) for text in (*first, said)])
    # These two end with one thing to do now and a promise.
    *opening, now_do, promise = said.split(". ")
    return Thanks(
        heading,
        [parts(text) for text in (*first, ". ".join(opening) + ".")],
        box=parts(now_do + "."),
        promise=parts(promise),
        danger=note["is"] == "used",
        lasting=parts(words.thanks("used_safety", voice)) if note["is"] == "used" else None,
    )


def _unsafe(note: dict, by: datetime, door: Door, voice: str, now: datetime) -> Thanks:
    """Who knows, until when somebody comes, and what to do until then; said as it truly is (design 2.3)."""
    fillers = {"batas": by_words(by, door.zone, now)}
    name = "unsafe_nobody"
    if note.get("told"):
        name = "unsafe_on_duty"
        fillers["jam"] = bare_time(datetime.fromisoformat(note["told"]), door.zone)
    opening, *rest = words.thanks(name, voice, **fillers).split(" **", 1)
    paragraphs = [parts(opening), *(parts(f"**{text}") for text in rest)]
    about = f"unsafe_{note.get('about')}"
    if about in ("unsafe_orang", "unsafe_hidup") and (door.proven or words.is_neutral(about)):
        paragraphs.append(parts(words.thanks(about, voice)))
    return Thanks(words.thanks("heading", voice), paragraphs, danger=True, asks=not note.get("about"))


def _until_next(name: str, door: Door, around: Surroundings, now: datetime) -> str:
    """ "Until Monday", or nothing of the kind where no further check-in is planned."""
    day = day_words(around.next_due_at, door.zone, now) if around.next_due_at else None
    said = words.thanks(name, voice_of(door.teen), hari=day or "-")
    return said if day else said.rsplit(". ", 1)[0] + "."


def _bold(by: datetime, door: Door, now: datetime) -> str:
    return f"**{by_words(by, door.zone, now)}**"


def _put(response, token: str, note: dict) -> None:
    sealed = crypto.ring().close(json.dumps(note, separators=(",", ":")).encode(), _place(token))
    response.set_cookie(
        COOKIE, base64.urlsafe_b64encode(sealed).decode(), max_age=LIVES, path=_path(token), httponly=True,
        samesite="Strict", secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip


def _place(token: str) -> str:
    return f"thanks.{token}"


def _path(token: str) -> str:
    return f"/c/{token}"


def _iso(at: datetime | None) -> str | None:
    return at and at.isoformat()


def _machine() -> int:
    """Machine time: two minutes are two minutes, also when the demo clock is moved in between."""
    return int(current_app.extensions["clock"].machine().timestamp())
