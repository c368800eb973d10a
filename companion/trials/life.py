"""Simulated graduates: they read their texts, and answer, stop, or call for help through the real pages."""

import heapq
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from companion.rules.plan import day_of
from companion.trials import habits
from companion.trials.crowd import Crowd, Graduate
from companion.trials.diary import Arrival, Diary, Did
from companion.trials.visiting import Visitor

WAKES, SLEEPS = time(6), time(23)
LOOKS_FIRST = 0.2
"""How many of the answers begin with opening the page; the others come from a page that is open already."""
SCANNED = 0.05
"""How many links are opened by a preview or a scanner before a person does (failures 46)."""
STOPS_AT = 2
ASKS_AT = (2, 5)


class Life:
    """What the graduates do, in the order of its instants. `visitor` asks the real application."""

    def __init__(self, crowd: Crowd, visitor: Visitor, diary: Diary):
        self.crowd, self.visitor, self.diary = crowd, visitor, diary
        self._plans: list[tuple[datetime, int, Callable, Graduate, str]] = []
        self._nth = count()

    def next_at(self) -> datetime | None:
        """When somebody means to do something next."""
        return self._plans[0][0] if self._plans else None

    def live(self, now: datetime) -> bool:
        """Do everything that was meant to be done by now; whether anything was."""
        busy = bool(self._plans) and self._plans[0][0] <= now
        while self._plans and self._plans[0][0] <= now:
            _at, _n, act, graduate, token = heapq.heappop(self._plans)
            act(now, graduate, token)
        return busy

    def read(self, text: Arrival) -> None:
        """A text lies on somebody's phone; whoever it greets makes up their mind."""
        people = self.crowd.on_number[text.to]
        graduate = next((one for one in people if one.called in text.body), people[0])
        if text.door != "c":
            return
        graduate.texts += 1
        dice, token = graduate.dice, text.token
        if dice.random() < SCANNED:
            self._visit(token, "HEAD")
        self._special(graduate, text)
        if token in graduate.means_to_answer:
            return
        if graduate.habit.wants_to_answer(day_of(graduate.left_on, text.at, graduate.zone), dice):
            graduate.means_to_answer.add(token)
            wait = timedelta(hours=dice.uniform(*graduate.habit.hours))
            self._plan(_awake(text.at + wait, graduate), self._answer, graduate, token)

    def _special(self, graduate: Graduate, text: Arrival) -> None:
        soon = text.at + timedelta(hours=graduate.dice.uniform(0.3, 5))
        match graduate.habit.acts:
            case "stops" if graduate.texts == STOPS_AT:
                self._plan(soon, self._stop, graduate, text.token)
            case "not_me" if graduate.texts == 1:
                self._plan(soon, self._stop, graduate, text.token)
            case "night" if graduate.texts in ASKS_AT:
                self._plan(_night_after(text.at, graduate), self._ask_for_help, graduate, text.token)

    def _plan(self, at: datetime, act: Callable, graduate: Graduate, token: str) -> None:
        heapq.heappush(self._plans, (at, next(self._nth), act, graduate, token))

    def _answer(self, now: datetime, graduate: Graduate, token: str) -> None:
        said = habits.answer(graduate.habit, graduate.dice)
        if graduate.dice.random() < LOOKS_FIRST:
            self._visit(token, "GET")
        status = self._post(token, said)
        if status == 410:
            if graduate.dice.random() < 0.5:
                self._post(token, {"new_link": "1"})
            return
        if status == 303:
            graduate.answered.add(token)
            self.diary.answers.append(Did(graduate.id, now, token))
            self._after_answer(now, graduate, token, said)

    def _after_answer(self, now, graduate, token, said) -> None:
        if "unsafe" in said or said.get("contact") == "soon":
            self.diary.helps.append(Did(graduate.id, now, token))
        if "unsafe" in said and graduate.dice.random() < 0.5:
            self._post(token, {"about": "hidup", "may_call": "now"})
        if graduate.habit.acts == "twice":
            self._post(token, said)

    def _ask_for_help(self, now: datetime, graduate: Graduate, token: str) -> None:
        """Whatever has become of that link by now: a call for help is never refused (design 2.3)."""
        if self._post(token, {"unsafe": "1"}) == 303:
            self.diary.helps.append(Did(graduate.id, now, token))
        else:
            self.diary.broken_pages.append("a call for help was not taken")

    def _stop(self, now: datetime, graduate: Graduate, token: str) -> None:
        why = {"karena": "bukan"} if graduate.habit.acts == "not_me" else {}
        if self._post(f"{token}/berhenti", why) == 303:
            self.diary.stops.append(Did(graduate.id, now, token, graduate.e164))
        else:
            self.diary.broken_pages.append("a wish to stop was not taken")

    def _post(self, token: str, form: dict) -> int:
        return self._noted(self.visitor.ask("POST", f"/c/{token}", form))

    def _visit(self, token: str, method: str) -> None:
        self._noted(self.visitor.ask(method, f"/c/{token}"))

    def _noted(self, status: int) -> int:
        if status >= 500 or status in (400, 404):
            self.diary.broken_pages.append(f"a check-in page answered {status}")
        return status


def _awake(at: datetime, graduate: Graduate) -> datetime:
    """The same instant, or the next morning if it lies in the person's night."""
    here = at.astimezone(ZoneInfo(graduate.zone))
    if WAKES <= here.time() < SLEEPS:
        return at
    morning = here.date() + timedelta(days=here.time() >= SLEEPS)
    return datetime.combine(morning, WAKES, ZoneInfo(graduate.zone)) + timedelta(
        minutes=graduate.dice.randint(5, 150)
    )


def _night_after(at: datetime, graduate: Graduate) -> datetime:
    here = at.astimezone(ZoneInfo(graduate.zone))
    hours = graduate.dice.choice([23, 25, 26.5])
    return datetime.combine(here.date(), time(), ZoneInfo(graduate.zone)) + timedelta(hours=hours)
