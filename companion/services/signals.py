"""From what triage found to what an alert keeps: a code and values by the names of content/reasons.

Kept are keys, numbers and ISO instants, never sentences, so that the reason can be said in either language at any
time. `also` names the sentences behind the fact, `teen` that nothing is to be compared; *when* is the signal's own
instant.
"""

from companion.rules.answers import Answer, Code, Signal
from companion.rules.states import Family, Level, Within
from companion.rules.terms import Opioid
from companion.rules.triage import MOST_URGENT, suffixes
from companion.services.door import Door

REASON = {Code.R1: "R1_button", Code.X_HELLO: "X_only_hello"}
"""Where the sentence goes by a longer name than the rule."""
HELP = frozenset({Code.R1, Code.R2})
SUFFIX = {"message_first": "not_now"}


def by_family(signals: tuple[Signal, ...]) -> dict[Family, list[Signal]]:
    """Calls for help stand apart from how somebody is: they are safety's (design 4.3)."""
    found: dict[Family, list[Signal]] = {}
    for signal in signals:
        family = Family.SAFETY if signal.code in HELP else Family.STRUGGLING
        found.setdefault(family, []).append(signal)
    return found


def most_urgent(signals: list[Signal]) -> tuple[Level, Within | None]:
    """The level and the limit of an alert with these reasons."""
    levels = {signal.level for signal in signals}
    limits = {signal.within for signal in signals}
    level = next((level for level in (Level.RED, Level.AMBER) if level in levels), Level.NONE)
    return level, next((limit for limit in MOST_URGENT if limit in limits), None)


def kept(signal: Signal, answer: Answer, door: Door, **more) -> tuple[str, Level, dict]:
    """One signal as `alerts.raise_` takes it. `more` adds what only the caller knows (channel, deadline)."""
    code = REASON.get(signal.code, signal.code.value)
    if signal.code is Code.R2 and door.holders > 1:
        code = "R2_unknown"  # several people have this phone: nobody knows yet who asked
    values = _values(signal, answer, door) | {name: value for name, value in more.items() if value}
    values |= {"also": _also(signal, answer, door), "teen": door.teen}
    return code, signal.level, values


def _values(signal: Signal, answer: Answer, door: Door) -> dict:
    given = signal.params
    match signal.code:
        case Code.R1:
            return {"about": answer.about, "way": answer.may_call}
        case Code.R2:
            return {"n": door.holders}
        case Code.R3:
            return {"n": given["n"]}
        case Code.R4:
            return {
                "value": given["v"], "usual": given["usual"],
                "confidence": given["k"], "usual_confidence": given["usual_k"],
            }  # fmt: skip
        case Code.A2_VALUE | Code.A2_RISE:
            return {"value": given["v"], "usual": given["usual"]}
        case Code.A3_VALUE | Code.A3_FALL:
            return {"value": given["k"], "usual": given["usual_k"]}
        case Code.A4:
            return {"situation": given["kinds"]}
        case Code.A8:
            return {"trouble": given["kinds"]}
        case Code.A10:
            return _dates(given) | {"other": [_brief(code, answer) for code in given.get("other", ())]}
        case Code.TWO_AMBERS:
            first, second = _two(given["codes"])
            return {"a": _brief(first, answer), "b": _brief(second, answer)}
        case Code.AMBER_TWICE:
            return _dates(given) | {"a": [_brief(code, answer) for code in given["codes"]]}
    return _dates(given)


def _two(codes: list[str]) -> tuple[str, str]:
    """Two that are not the same thing: urge and confidence beside a third say less than the third does."""
    rules = {}
    for code in codes:
        rules.setdefault(code.split("_")[0], code)
    if len(rules) > 2:
        rules.pop("A3", None)
    first, second, *_ = rules.values()
    return first, second


def _brief(code: str, answer: Answer) -> dict:
    """The same fact inside another reason, with its number where it has one."""
    value = {"A2": answer.urge, "A3": answer.confidence}.get(code.split("_")[0])
    return {"code": code} | ({} if value is None else {"value": value})


def _dates(given: dict) -> dict:
    return {f"d{name[1:]}": given[name] for name in ("t1", "t2", "t3") if given.get(name)}


def _also(signal: Signal, answer: Answer, door: Door) -> list[str]:
    ends = [SUFFIX.get(name, name) for name in suffixes(answer)]
    if signal.code is Code.R3 and signal.params["opioid"]:
        ends.append("opioid" if door.opioid is Opioid.YES else "opioid_unknown")
    if signal.code is Code.A11 and signal.params["tell"]:
        ends.append("in_person")
    return ends
