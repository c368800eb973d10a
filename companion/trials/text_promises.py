"""What a text on a phone must not do: the hour, opt-out, twice, after the answer, cap, wording (design 2.5-2.7).

Worked out here a second time and by hand, so that a mistake in a rule cannot hide behind the same mistake in its check.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from companion.phones.api import segments
from companion.rules.days import load_calendar
from companion.trials.evidence import Evidence

BETRAYS = re.compile(
    r"narko|napza|sabu\b|drug|rehab|recover|pemulihan|relaps|kambuh|bnn|ipwl|konsel|counsel|peksos|damping|sugesti"
    r"|craving|pecandu|addict|bersih|clean|sober|allah|agama|doa\b|pray|rindu|kangen|miss you|gagal|fail|balai"
    r"|wajib|lapor|minggu ke|week \d|hari ke|day \d|percobaan",
    re.IGNORECASE,
)
"""Design 2.5 by hand, and the name of the institutions in the trial."""
GREETED = 10
"""Letters of the longest first name that may stand in a greeting."""


def outside_hours(seen: Evidence) -> Iterator[str]:
    """A text at an hour, or on a day, on which none may leave, on the recipient's own clock."""
    safe = {phone.person_id: (phone.safe_from, phone.safe_to) for phone in seen.rows["phone"]}
    for text, graduate in seen.to_graduates:
        zone, province = seen.place_of(graduate, text.at)
        here = text.at.astimezone(ZoneInfo(zone))
        start, end = safe.get(graduate.id, (None, None))
        too_early = here.time() < max(time(8), time.fromisoformat(start or "08:00"))
        too_late = here.time() >= min(time(19, 40), time.fromisoformat(end or "20:00"))
        if too_early or too_late or _quiet(here, province):
            yield f"person {graduate.id} was texted at {here:%a %Y-%m-%d %H:%M} of their own time"


def _quiet(here: datetime, province: str | None) -> bool:
    """Friday prayer, the end of a fasting day, and the days without texts."""
    calendar = load_calendar()
    if calendar.no_text_on(here.date(), province):
        return True
    prayer = here.weekday() == 4 and time(11, 30) <= here.time() < time(13, 15)
    return prayer or (calendar.is_ramadan(here.date()) and time(17) <= here.time() < time(19, 30))


def after_opt_out(seen: Evidence) -> Iterator[str]:
    """A text to a number after somebody there had asked for none."""
    stopped = {did.e164: did.at for did in reversed(seen.diary.stops)}
    for text, graduate in seen.to_graduates:
        if text.to in stopped and text.at > stopped[text.to]:
            yield f"person {graduate.id} was texted after the texts were stopped"


def twice(seen: Evidence) -> Iterator[str]:
    """The same slot and step twice on a phone: more arrivals for one link than messages that were handed over."""
    handed = Counter(row.token for row in seen.rows["message"] if row.attempts)
    arrived = Counter(text.token for text in seen.diary.arrivals if text.token)
    for token, times in arrived.items():
        if times > handed[token]:
            yield f"a link arrived {times} times out of {handed[token]} texts"
    for (subject, step, channel), times in Counter(
        (row.subject, row.step, row.channel) for row in seen.rows["message"]
    ).items():
        if times > 1:
            yield f"{subject} has {times} messages of step {step} on {channel}"


def after_answer(seen: Evidence) -> Iterator[str]:
    """A text about a check-in that had been answered."""
    answered = {did.token: did.at for did in seen.diary.answers}
    for text, graduate in seen.to_graduates:
        if text.token in answered and text.at > answered[text.token]:
            yield f"person {graduate.id} was reminded of what they had answered"


def over_cap(seen: Evidence) -> Iterator[str]:
    """More than one text on a local day, or four (from week 5 three) in seven; a link asked for is not held."""
    arrived = defaultdict(list)
    for text, graduate in seen.to_graduates:
        here = text.at.astimezone(ZoneInfo(seen.place_of(graduate, text.at)[0])).date()
        row = seen.message_of_sid.get(text.sid)
        arrived[text.to].append(here)
        if row is not None and row.purpose == "new_link":
            continue
        most = 4 if (here - graduate.left_on).days < 28 else 3
        week = sum(here - timedelta(days=6) <= day <= here for day in arrived[text.to])
        if arrived[text.to].count(here) > 1:
            yield f"person {graduate.id} had a second text on {here}"
        elif week > most:
            yield f"person {graduate.id} had {week} texts in the week to {here}"


def wording(seen: Evidence) -> Iterator[str]:
    """A text with a word that betrays, with more than one segment, without its link at the end, or with a name."""
    for text, graduate in seen.to_graduates:
        words = text.body.rsplit(" ", 1)[0]
        first, *rest = graduate.name.split()
        said = [name for name in rest if name.casefold() in words.casefold()]
        if hit := BETRAYS.search(words):
            yield f"a text to person {graduate.id} says {hit[0]!r}"
        if segments(text.body) != 1:
            yield f"a text to person {graduate.id} has {segments(text.body)} segments"
        if not text.token or not text.body.endswith(text.token):
            yield f"a text to person {graduate.id} does not end with its link"
        if said or (len(first) > GREETED and first in words):
            yield f"a text to person {graduate.id} says more of their name than the greeting"
