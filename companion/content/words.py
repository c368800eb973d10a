"""What the check-in asks and answers, in the voice of its reader (texts 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from companion.content.load import Unsayable, fill, read

VOICES = ("anda", "kamu", "en")
# English has one voice; where a teen's differs (school instead of work), the words stand under their own key.
_NEXT_BEST = {"en_teen": "en"}


@dataclass(frozen=True)
class Option:
    """One answer: the value its form field sends (design 6), and its words."""

    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """One question in one voice, its options in the order they are shown."""

    name: str
    ask: str
    options: tuple[Option, ...]
    help: str = ""
    scale: str = ""
    """What the numbers mean, over the buttons; its parts are separated by ` · `."""
    multiple: bool = False


def say(key: str, voice: str, **fillers: object) -> str:
    """One sentence of the check-in pages; `thanks.NAME` for the thank-you texts.

    Raises Unsayable for an unknown key or voice, and for a filler that is missing, None or empty.
    """
    return fill(pick(sentences(), key, voice), fillers)


def pick(entries: Mapping[str, Mapping], key: str, voice: str) -> str:
    """The words of one entry in one voice, still with their braces. Raises Unsayable for an unknown key or voice."""
    entry = entries.get(key)
    if entry is None:
        raise Unsayable(f"no words for {key}")
    found = spoken(entry, voice)
    if found is None and voice == "kamu" and entry.get("stranger"):
        found = entry["anda"]  # a stranger reads it, whoever the page belongs to (texts 2.8)
    if found is None:
        raise Unsayable(f"{key} has no voice {voice}")
    return found


def spoken(entry: Mapping[str, str], voice: str) -> str | None:
    """What an entry says in exactly this voice; a teen's English is the common English unless it has its own."""
    return entry.get(voice) or entry.get(_NEXT_BEST.get(voice, ""))


@cache
def sentences() -> Mapping[str, Mapping]:
    """Everything `say` can say: key -> entry by voice."""
    thanks = {f"thanks.{name}": entry for name, entry in read("thanks.toml")["thanks"].items()}
    return {**read("checkin.toml")["say"], **thanks}


def thanks(name: str, voice: str, **fillers: object) -> str:
    """The thank-you text of one class of answer (texts 2.5). Raises Unsayable as `say` does."""
    return say(f"thanks.{name}", voice, **fillers)


def is_neutral(name: str) -> bool:
    """Whether a thank-you text may be shown on a shared phone before a PIN (texts 2.0). Raises Unsayable."""
    entry = read("thanks.toml")["thanks"].get(name)
    if entry is None:
        raise Unsayable(f"no thank-you text {name}")
    return entry.get("neutral", False)


def question(name: str, voice: str = "anda", **fillers: object) -> Question:
    """One question; an option without words in this voice is not offered (6b `tell` is for teens).

    Raises Unsayable for an unknown name or voice, and for a missing filler (`contact` needs `batas`).
    """
    entry = read("checkin.toml")["question"].get(name)
    if entry is None:
        raise Unsayable(f"no question {name}")
    return Question(
        name=name,
        ask=pick(entry, "ask", voice),
        options=_options(entry, voice, fillers),
        help=spoken(entry.get("help", {}), voice) or "",
        scale=spoken(entry.get("scale", {}), voice) or "",
        multiple=entry.get("multiple", False),
    )


def question_names() -> tuple[str, ...]:
    """All questions, in the order of the form."""
    return tuple(read("checkin.toml")["question"])


def _options(entry: Mapping, voice: str, fillers: Mapping[str, object]) -> tuple[Option, ...]:
    if "up_to" in entry:
        return tuple(Option(str(number), str(number)) for number in range(entry["up_to"] + 1))
    said = ((option["value"], spoken(option, voice)) for option in entry["options"])
    return tuple(Option(value, fill(label, fillers)) for value, label in said if label)


def parts(text: str) -> tuple[tuple[str, bool], ...]:
    """A text cut at its `**`: pieces with whether each is bold, so that a template never has to trust it as HTML.

    Raises ValueError when a bold part is not closed.
    """
    pieces = text.split("**")
    if len(pieces) % 2 == 0:
        raise ValueError("a bold part is not closed")
    return tuple((piece, bool(place % 2)) for place, piece in enumerate(pieces) if piece)
