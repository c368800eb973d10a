"""The habits of simulated people: who answers when and how, who picks up a call, who presses what.

The shares are not a study: they are chosen so that every rule of the engine meets somebody whom it concerns, that
about eight in ten check-ins are answered, and one answer in five asks for a call (evidence 2 and 3).
"""

from dataclasses import dataclass
from random import Random

from companion.rules.results import Code
from companion.rules.terms import PhoneKind

CALM = {"mood": (3, 5), "urge": (0, 2), "confidence": (8, 10), "sleep": (3, 4)}
WAVERING = {"mood": (2, 4), "urge": (1, 4), "confidence": (6, 8), "sleep": (2, 4)}
TROUBLED = {"mood": (1, 3), "urge": (5, 10), "confidence": (1, 6), "sleep": (1, 3)}
SITUATIONS = ("teman", "ajakan", "rumah", "uang", "sepi")


@dataclass(frozen=True)
class Habit:
    """One way of living with the texts. Chances are from 0 to 1, `hours` the span from text to answer."""

    name: str
    weight: int
    """How many in a hundred live like this."""
    answers: float = 0.85
    fades: float = 0.0
    """What is lost of that chance with every day."""
    hours: tuple[float, float] = (0.2, 14)
    feels: dict = None
    picks_up: float = 0.7
    phone: PhoneKind = PhoneKind.OWN
    number: str = "fine"
    """fine, dead (the carrier knows it), or away (accepted, then undelivered)."""
    acts: str | None = None
    """Something only this habit does; see life."""

    def wants_to_answer(self, day: int, dice: Random) -> bool:
        return dice.random() < max(0.0, self.answers - self.fades * day)


HABITS = (
    Habit("steady", 30, 0.93, feels=CALM),
    Habit("now and then", 12, 0.6, feels=WAVERING),
    Habit("fading", 8, 0.95, fades=0.03, feels=WAVERING),
    Habit("silent", 5, 0.03, feels=WAVERING, picks_up=0.35),
    Habit("in trouble", 7, 0.8, feels=TROUBLED),
    Habit("late", 6, 0.9, hours=(26, 90), feels=CALM),
    Habit("brief", 5, 0.8, feels=CALM, acts="hello"),
    Habit("asks at night", 3, 0.8, feels=TROUBLED, acts="night"),
    Habit("number dead", 3, 0.0, number="dead", feels=CALM, picks_up=0.0),
    Habit("phone often off", 3, 0.5, number="away", feels=CALM, picks_up=0.4),
    Habit("phone of two", 4, 0.8, phone=PhoneKind.SHARED, feels=CALM, acts="shares"),
    Habit("somebody else answers", 3, 0.7, phone=PhoneKind.SHARED, feels=CALM, acts="bystander"),
    Habit("stops the texts", 2, 0.5, feels=CALM, acts="stops"),
    Habit("not me", 2, 0.0, phone=PhoneKind.SHARED, feels=CALM, picks_up=0.5, acts="not_me"),
    Habit("pauses", 2, 0.8, feels=CALM, picks_up=0.9, acts="pauses"),
    Habit("leaves", 1, 0.6, feels=CALM, picks_up=0.9, acts="leaves"),
    Habit("moves", 1, 0.8, feels=CALM, picks_up=0.9, acts="moves"),
    Habit("taps twice", 2, 0.9, feels=CALM, acts="twice"),
    Habit("without consent", 1, 0.0, feels=CALM, acts="no_consent"),
)


def dealt(n: int, dice: Random) -> list[Habit]:
    """A habit for each of `n` people, in the shares above; who gets which is left to the dice.

    Among fewer than a hundred there is one of each kind first, the odd ones before the many: twenty people are
    already a colourful lot.
    """
    hundred = [habit for habit in HABITS for _ in range(habit.weight)]
    odd = sorted(HABITS, key=lambda habit: (habit.acts is None and habit.number == "fine", habit.weight))
    found = odd[: n * 3 // 4] if n < len(hundred) else []
    while len(found) < n:
        dice.shuffle(hundred)
        found += hundred
    found = found[:n]
    dice.shuffle(found)
    return found


def answer(habit: Habit, dice: Random) -> dict:
    """One check-in as this habit fills it in: the fields of the form, some of them left out."""
    if habit.acts == "hello" and dice.random() < 0.7:
        return {"here": "1"}
    if habit.acts == "bystander":
        return {"mood": str(dice.randint(3, 5)), "contact": "no"}
    said = {name: str(dice.randint(*span)) for name, span in habit.feels.items() if dice.random() < 0.93}
    said |= {"situation": "no", "contact": "no", "use": "no"}
    if habit.feels is TROUBLED:
        said |= _in_trouble(dice)
    elif dice.random() < 0.05:
        said["contact"] = "week"
    return said


def _in_trouble(dice: Random) -> dict:
    said: dict = {}
    if dice.random() < 0.5:
        said |= {
            "situation": dice.choice(["past", "coming", "both"]),
            "situation_kind": [dice.choice(SITUATIONS)],
        }
    if dice.random() < 0.25:
        said["contact"] = dice.choice(["week", "soon"])
    if dice.random() < 0.2:
        said["use"] = dice.choice(["yes", "rather_not"])
    if dice.random() < 0.04:
        said["unsafe"] = "1"
    return said


def _without_a_phone(habit: Habit, dice: Random, times_spoken: int) -> Code:
    """A number that leads nowhere: once that is known, somebody goes there."""
    if times_spoken:
        return Code.SPOKE_WELL if dice.random() < 0.5 else Code.VISIT_ABSENT
    if dice.random() < 0.4:
        return Code.NOT_CONNECTED if habit.number == "dead" else Code.NO_ANSWER
    return Code.NUMBER_DEAD if habit.number == "dead" else Code.WRONG_PERSON


def on_the_phone(habit: Habit, dice: Random, times_spoken: int, urgent: bool) -> Code:
    """How a caseworker's call to this person goes."""
    if habit.number == "dead" or habit.acts == "not_me":
        return _without_a_phone(habit, dice, times_spoken)
    if dice.random() > habit.picks_up:
        return (
            Code.OTHER_PERSON if habit.phone is PhoneKind.SHARED and dice.random() < 0.3 else Code.NO_ANSWER
        )
    special = {"pauses": Code.PAUSE, "leaves": Code.REFUSED, "moves": Code.MOVED}.get(habit.acts)
    if special and times_spoken == 1:
        return special
    if urgent and dice.random() < 0.25:
        return dice.choice([Code.SLIP_TOLD, Code.CRISIS_HANDED, Code.UNSAFE_NOW, Code.SPOKE_CARE])
    return dice.choices(
        [Code.SPOKE_WELL, Code.SPOKE_CARE, Code.CALL_LATER, Code.AGREED], [0.82, 0.1, 0.05, 0.03]
    )[0]
