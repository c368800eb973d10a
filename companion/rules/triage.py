"""Triage: what one check-in raises, and how soon a person is to be spoken to (design 4.4, evidence 3).

Every rule is a visible sentence with its value; there is no score. The thresholds have no published source: they are
the project's own, to be reviewed with the institution after three months (evidence 3).
"""

from collections.abc import Iterator
from datetime import timedelta

from companion.rules.answers import Answer, Code, Context, Signal, Verdict, usual
from companion.rules.states import Level, Within
from companion.rules.terms import Opioid

__all__ = ["Answer", "Code", "Context", "Signal", "Verdict", "judge", "suffixes", "thanks_class", "usual"]

URGE_AMBER, URGE_RED, URGE_RISE = 6, 8, 3
CONFIDENCE_AMBER, CONFIDENCE_RED, CONFIDENCE_FALL = 5, 3, 3
HARD_MOOD = 2
LITTLE_SLEEP = 2
HOME_KINDS = frozenset({"rumah", "hilang"})
HOME_AGAIN_AFTER = timedelta(days=14)
OPIOID_DAYS = 28
HELLOS = 3

MOST_URGENT = (Within.HOURS_4, Within.SAME_DAY, Within.HOURS_24, Within.HOURS_8, Within.DAYS_2)
NOT_A_STRUGGLE = frozenset({"A1", "R2", "X", "two", "amber"})
"""Rules that say what somebody wants, not how they are, and the two that only count the others."""


def judge(answer: Answer, context: Context) -> Verdict:
    """Read one answer. Unanswered is unknown: it raises nothing and is never calm.

    1. What is red by itself, R4 first: it takes the place of the two ambers it is made of.
    2. Ambers. A2 and A3 of one answer count as one, unless one of them alone is at its red value.
    3. Signs that count only beside an amber (A6, A10), then two ambers together and the same amber twice: not for
       people under 18, of whom only what they say counts, never a combination or a comparison (design 2.14).
    Calm is a proven answer that raised nothing, gives urge and confidence (and question 6, where it was asked), and
    holds no sign that is too weak to raise anything. Only calm may ever lower how often somebody is asked.
    """
    reds = list(_reds(answer, context))
    both_at_once = any(signal.code is Code.R4 for signal in reds)
    ambers = list(_ambers(answer, context, both_at_once))
    weak = list(_weak(answer, context))
    if ambers and not context.teen:
        others = [signal.code.value for signal in ambers]
        ambers += [Signal(s.code, s.level, s.within, {**s.params, "other": others}) for s in weak]
    reviews = [] if context.teen else list(_reviews(answer, context, ambers))
    signals = (*reds, *reviews, *ambers, *_hellos(answer, context))
    levels = {signal.level for signal in signals}
    level = next((level for level in (Level.RED, Level.AMBER) if level in levels), Level.NONE)
    calm = answer.proven and not signals and not weak and _known_well(answer, context)
    limits = {signal.within for signal in signals}
    return Verdict(level, signals, calm, next((limit for limit in MOST_URGENT if limit in limits), None))


def thanks_class(answer: Answer, verdict: Verdict, short: bool) -> str:
    """Which thank-you fits: hello, short, calm, talk, struggling, used or unsafe (texts 2.5).

    `short` is the form of a shared phone before its PIN: only texts that tell a bystander nothing. Where nothing
    else fits, *short* says only that the update has arrived.
    """
    if answer.unsafe:
        return "unsafe"
    if not short and answer.use == "yes":
        return "used"
    struggling = any(signal.code.rule not in NOT_A_STRUGGLE for signal in verdict.signals)
    if not short and struggling:
        return "struggling"
    if answer.contact in ("week", "soon"):
        return "talk"
    if answer.only_hello:
        return "hello"
    return "calm" if verdict.calm and not short else "short"


def suffixes(answer: Answer) -> tuple[str, ...]:
    """What the sentence of an alert ends with: no_pin, message_first, not_this_phone (texts 5)."""
    ends = {
        "no_pin": not answer.proven,
        "message_first": answer.contact == "no",
        "not_this_phone": answer.safe_way == "not_here" or answer.may_call == "no",
    }
    return tuple(name for name, is_so in ends.items() if is_so)


def _reds(answer: Answer, context: Context) -> Iterator[Signal]:
    if answer.unsafe:
        yield _red(Code.R1, Within.HOURS_4, about=answer.about, may_call=answer.may_call)
    if answer.contact == "soon":
        yield _red(Code.R2, Within.HOURS_4, channel=answer.safe_way)
    if _at_most(answer.confidence, CONFIDENCE_RED) and _at_least(answer.urge, URGE_RED):
        # Two numbers said in one breath: for teens too, because this is what they say and it is the worst of it.
        yield _red(Code.R4, Within.HOURS_4, **_urge(answer, context), **_confidence(answer, context))
    if answer.use == "yes":
        # In these weeks the old amount can kill. A past that nobody asked about is taken as an opioid past.
        opioid = context.opioid != Opioid.NO and context.day < OPIOID_DAYS
        again = context.last is not None and context.last.use == "yes"
        today = opioid or again or answer.contact in ("week", "soon")
        within = Within.SAME_DAY if today else Within.HOURS_24
        yield _red(Code.R3, within, n=context.day, opioid=opioid, today=today)


def _ambers(answer: Answer, context: Context, both_at_once: bool) -> Iterator[Signal]:
    if answer.contact == "week":
        yield _amber(Code.A1)
    if not both_at_once:
        yield from _numbers(answer, context)
    if ahead := _without_step(answer, context):
        yield _amber(Code.A4, kinds=sorted(ahead))
    if answer.harder in ("yes", "tell"):
        yield _amber(Code.A11, tell=answer.harder == "tell")
    last = context.last
    if last and _at_most(answer.mood, HARD_MOOD) and _at_most(last.mood, HARD_MOOD):
        yield _amber(Code.A5_MOOD, **_twice(answer, last))
    if (home := answer.kinds & HOME_KINDS) and not _said_lately(answer, context):
        yield _amber(Code.A8, kinds=sorted(home))


def _numbers(answer: Answer, context: Context) -> Iterator[Signal]:
    """A2 and A3: the value itself, or how far it lies from the own usual; one of the two, the value first."""
    urge, confidence = _urge(answer, context), _confidence(answer, context)
    if _at_least(answer.urge, URGE_AMBER):
        yield _amber(Code.A2_VALUE, **urge)
    elif urge["usual"] is not None and _at_least(answer.urge, urge["usual"] + URGE_RISE):
        yield _amber(Code.A2_RISE, **urge)
    if _at_most(answer.confidence, CONFIDENCE_AMBER):
        yield _amber(Code.A3_VALUE, **confidence)
    elif confidence["usual_k"] is not None and _at_most(
        answer.confidence, confidence["usual_k"] - CONFIDENCE_FALL
    ):
        yield _amber(Code.A3_FALL, **confidence)


def _weak(answer: Answer, context: Context) -> Iterator[Signal]:
    """What counts only together with another amber: silence on one question, or little sleep, twice running."""
    last = context.last
    if last is None:
        return
    for question in ("use", "harder"):
        if getattr(answer, question) == getattr(last, question) == "rather_not":
            yield _amber(Code.A6, **_twice(answer, last))
            break
    if _at_most(answer.sleep, LITTLE_SLEEP) and _at_most(last.sleep, LITTLE_SLEEP):
        yield _amber(Code.A10, **_twice(answer, last))


def _reviews(answer: Answer, context: Context, ambers: list[Signal]) -> Iterator[Signal]:
    """Two ambers together, or one that was there the time before: a person decides the same day (evidence 3)."""
    rules = {signal.code.rule for signal in ambers}
    codes = [signal.code.value for signal in ambers]
    strong = _at_least(answer.urge, URGE_RED) or _at_most(answer.confidence, CONFIDENCE_RED)
    if {"A2", "A3"} <= rules and not strong:
        rules -= {"A3"}  # urge and confidence mostly move together: said once
    if len(rules) >= 2:
        yield _red(Code.TWO_AMBERS, Within.HOURS_8, codes=codes)
    before = {code.split("_")[0] for code in context.previous_codes}
    if "R4" in before:
        before |= {"A2", "A3"}
    if again := [signal.code.value for signal in ambers if signal.code.rule in before]:
        yield _red(Code.AMBER_TWICE, Within.HOURS_8, codes=again, **_twice(answer, context.last))


def _hellos(answer: Answer, context: Context) -> Iterator[Signal]:
    """Nothing but hello at every third time running: a line for the caseworker, without a clock (texts 2.0)."""
    run = [answer]
    for before in context.recent or context.earlier:
        if not before.only_hello:
            break
        run.append(before)
    if answer.only_hello and len(run) % HELLOS == 0:
        first, middle, last = (one.at.isoformat() for one in reversed(run[:HELLOS]))
        yield Signal(Code.X_HELLO, Level.NONE, None, {"t1": first, "t2": middle, "t3": last})


def _known_well(answer: Answer, context: Context) -> bool:
    """Whether the answer says enough for calm, and nothing that lies just under a threshold."""
    said = answer.urge is not None and answer.confidence is not None
    open_question = answer.use == "rather_not" or answer.harder == "rather_not"
    unknown_use = context.use_asked and answer.use is None
    prepared = bool(answer.kinds) and answer.kinds <= context.plan_kinds
    ahead = answer.situation in ("coming", "both") and not prepared
    burdened = _at_most(answer.mood, HARD_MOOD) or bool(answer.kinds & HOME_KINDS) or ahead
    return said and not open_question and not unknown_use and not burdened


def _without_step(answer: Answer, context: Context) -> frozenset[str]:
    """Situations that are coming and that the plan, once there is one, has no step for (A4)."""
    ahead = answer.situation in ("coming", "both")
    return answer.kinds - context.plan_kinds if ahead and context.has_plan else frozenset()


def _said_lately(answer: Answer, context: Context) -> bool:
    return context.last_a8_at is not None and answer.at - context.last_a8_at < HOME_AGAIN_AFTER


def _urge(answer: Answer, context: Context) -> dict:
    own = None if context.teen else usual([earlier.urge for earlier in context.earlier])
    return {"v": answer.urge, "usual": own}


def _confidence(answer: Answer, context: Context) -> dict:
    own = None if context.teen else usual([earlier.confidence for earlier in context.earlier])
    return {"k": answer.confidence, "usual_k": own}


def _twice(answer: Answer, last: Answer | None) -> dict:
    return {"t1": last.at.isoformat() if last else None, "t2": answer.at.isoformat()}


def _at_least(value: int | None, limit: float) -> bool:
    return value is not None and value >= limit


def _at_most(value: int | None, limit: float) -> bool:
    return value is not None and value <= limit


def _red(code: Code, within: Within, **params) -> Signal:
    return Signal(code, Level.RED, within, params)


def _amber(code: Code, **params) -> Signal:
    return Signal(code, Level.AMBER, Within.DAYS_2, params)
