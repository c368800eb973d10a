"""The help-now page: sections in their order, life first, and the lines that stand in them (texts 6, domain 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from companion.content import words
from companion.content.load import Unsayable, fill, read

_NOBODY: Mapping[str, date] = MappingProxyType({})


@dataclass(frozen=True)
class Line:
    """One help line in one voice: `link` is what a tap opens, `action` says whether that is a call."""

    key: str
    action: str
    number: str
    link: str
    name: str
    whom: str
    cost: str
    area: str
    checked: date | None
    rung: bool

    def stale(self, today: date) -> bool:
        """Whether the page must say that it is not confirmed: never rung by us, or longer ago than 90 days."""
        days = timedelta(days=read("helplines.toml")["recheck_days"])
        return not self.rung or self.checked is None or today - self.checked > days


@dataclass(frozen=True)
class Part:
    """One piece of a section: a text (with `**` around what is bold), a button that the page gives its target, or a line."""

    kind: str
    key: str
    text: str = ""
    line: Line | None = None


@dataclass(frozen=True)
class Section:
    key: str
    heading: str
    parts: tuple[Part, ...]
    folded: bool = False


def sections(
    voice: str, link: Mapping[str, str] | None = None, rung: Mapping[str, date] = _NOBODY
) -> tuple[Section, ...]:
    """The page before sign-in (texts 6.1), in order.

    `link` holds `nomor`, `jam_kerja` and `waktu` of the institution when the page was opened from a link of ours; without it
    nothing tells which institution this is. `rung` is when the institution itself last rang a line, by key.
    """
    return tuple(
        Section(
            key=entry["key"],
            heading=words.pick(entry, "heading", voice),
            parts=tuple(_part(part, voice, link or {}, rung) for part in _shown(entry["part"], link)),
            folded=entry.get("folded", False),
        )
        for entry in read("help.toml")["section"]
    )


def line(key: str, voice: str, rung: Mapping[str, date] = _NOBODY) -> Line:
    """One help line. Raises Unsayable when there is none of that name."""
    entry = read("helplines.toml")["line"].get(key)
    if entry is None:
        raise Unsayable(f"no help line {key}")
    language = "en" if voice.startswith("en") else "id"
    return Line(
        key=key,
        **{name: entry[name] for name in ("action", "number", "link")},
        **{name: entry[name][language] for name in ("name", "whom", "cost", "area")},
        checked=rung.get(key, entry.get("checked")),
        rung=key in rung or entry["rung"],
    )


def checked_on(shown: Iterable[Section], today: date) -> date | None:
    """The day for the foot of the page: its longest unchecked line; None when any of them is not confirmed."""
    lines = [part.line for section in shown for part in section.parts if part.line]
    if not lines or any(one.stale(today) for one in lines):
        return None
    return min(one.checked for one in lines)


def say(key: str, voice: str, **fillers: object) -> str:
    """One sentence of the help pages before and after sign-in (texts 6). Raises Unsayable as `words.say` does."""
    entries = {**read("help.toml")["say"], **read("helplines.toml")["words"]}
    return fill(words.pick(entries, key, voice), fillers)


def _shown(parts: Iterable[Mapping], link: Mapping[str, str] | None) -> list[Mapping]:
    return [part for part in parts if link is not None or not part.get("from_link")]


def _part(entry: Mapping, voice: str, link: Mapping[str, str], rung: Mapping[str, date]) -> Part:
    if "line" in entry:
        return Part("line", entry["line"], line=line(entry["line"], voice, rung))
    kind = "button" if "button" in entry else "text"
    return Part(kind, entry[kind], fill(words.pick({kind: entry}, kind, voice), link))
