"""When two spellings are one person."""

import unicodedata
from datetime import date


def name_key(name: str) -> str:
    """What is the same in two spellings of one name: its letters, without case and accents."""
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKD", name).casefold()))


def identity(name: str, born_on: date | None, e164: str) -> str:
    """What makes two entries the same person: name and birth date, or the number where the date is missing.

    Personal data: to be hashed with a key before it is stored.
    """
    return f"{name_key(name)}|{born_on.isoformat() if born_on else e164}"
