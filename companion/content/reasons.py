"""Why the system says so: sentences of fact for the caseworker, and what a good colleague does first (texts 5).

What is stored beside a signal are keys and numbers, so the sentence can be said in either language at any time.
"""

from collections.abc import Mapping, Sequence

from companion.content.load import Unsayable, fill, placeholders, read

_AND = {"id": " dan ", "en": " and "}


def reason(
    code: str, language: str, *, teen: bool = False, also: Sequence[str] = (), **values: object
) -> str:
    """The fact behind one signal, in one sentence or two.

    A usual value of None says that there is nothing to compare yet; for a teen nothing is compared (design 2.14). `also` names
    sentences to put behind it (`no_pin`, `not_now`, `not_this_phone`, `opioid`, `opioid_unknown`, `in_person`). Values that stand
    for words are handed over as keys: `about="hidup"`, `situation=["uang", "sepi"]`, `a={"code": "A2_value", "value": 7}`.
    Raises Unsayable for an unknown code or key, and for a value that is missing.
    """
    row = _row(code)
    text = _sentence(row, language, teen, values)
    lookup = {name: table for name, table in row.get("lookup", {}).items() if name in placeholders(text)}
    said = fill(text, _words(lookup, language, teen, values))
    return " ".join([said[:1].upper() + said[1:], *(_behind(name, language) for name in also)])


def first_step(code: str, language: str) -> str:
    """What to do first about it; opens with the person, not shown in the list. Raises Unsayable for an unknown code."""
    return _row(code)[f"step_{language}"]


def short(code: str, language: str, **values: object) -> str:
    """The same fact in a few words, for inside another reason. Raises Unsayable when it has none or a value is missing."""
    entry = read("reasons.toml")["short"].get(code)
    if entry is None:
        raise Unsayable(f"no short words for {code}")
    return fill(entry[language], {name: _number(value, language) for name, value in values.items()})


def codes() -> tuple[str, ...]:
    """All codes that have a sentence, in the order of the file: most urgent first."""
    return tuple(read("reasons.toml")["reason"])


def needs(code: str) -> frozenset[str]:
    """The names of the values that a code's full sentence is said with. Raises Unsayable for an unknown code."""
    return placeholders(_row(code)["id"])


def usefulness(language: str) -> tuple[str, str, str]:
    """The one question after closing an alert, with its yes and no (feeds the review of the thresholds)."""
    closing = read("reasons.toml")["closing"]
    return tuple(closing[part][language] for part in ("question", "yes", "no"))


def _row(code: str) -> Mapping:
    row = read("reasons.toml")["reason"].get(code)
    if row is None:
        raise Unsayable(f"no reason {code}")
    return row


def _sentence(row: Mapping, language: str, teen: bool, values: Mapping) -> str:
    """The wording for this person: compared with the usual, not yet comparable, or a teen's."""
    if teen and f"{language}_teen" in row:
        return row[f"{language}_teen"]
    if "without" in row and values.get(row["without"]) is None:
        return row[f"{language}_without"]
    comparison = read("reasons.toml")["comparison"]
    text = row[language]
    for name in row.get("usual", ()):
        known = " " + comparison["known"][language].replace("{usual}", f"{{{name}}}")
        if teen:
            text = text.replace(known, "")
        elif values.get(name) is None:
            text = text.replace(known, " " + comparison["new"][language])
    return text


def _words(lookup: Mapping, language: str, teen: bool, values: Mapping) -> dict[str, object]:
    """The values as words: keys looked up in their tables, numbers written as the language writes them."""
    said = {name: _number(value, language) for name, value in values.items() if name not in lookup}
    for name, table in lookup.items():
        said[name] = _looked_up(table, values.get(name), language, teen)
    return said


def _looked_up(table: str, key: object, language: str, teen: bool) -> str | None:
    if isinstance(key, list | tuple) and key:
        *before, last = [_looked_up(table, one, language, teen) for one in key]
        return ", ".join(before) + _AND[language] + last if before else last
    if table == "short" and isinstance(key, Mapping):
        return short(language=language, **key)
    if table == "short" and key:
        return short(str(key), language)
    entry = read("reasons.toml")["value"].get(table, {}).get(str(key) if key else "none")
    if entry is None:
        raise Unsayable(f"{table} has no such key")
    return entry.get(f"{language}_teen", entry[language]) if teen else entry[language]


def _behind(name: str, language: str) -> str:
    entry = read("reasons.toml")["also"].get(name)
    if entry is None:
        raise Unsayable(f"nothing to add by the name {name}")
    return entry[language]


def _number(value: object, language: str) -> object:
    """3.0 is said as 3, and 3.5 in Indonesian with a comma; medians of four answers come in halves."""
    if not isinstance(value, float):
        return value
    return f"{value:g}".replace(".", "," if language == "id" else ".")
